"""Logging in and registering by phone: who sees what, what opens an account, and what stops those who guess."""

import logging
from datetime import date, time, timedelta
from io import StringIO

from django.db import connection
from django.test import SimpleTestCase, TestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from shs.appointment import services as visits
from shs.appointment.models import Appointment
from shs.core.ages import Birth
from shs.core.errors import StepRefused
from shs.core.names import initials
from shs.core.reads.models import ReadLog
from shs.core.tests.misbehaving import Misbehaving, answers, refused_url
from shs.medical_record.models import MedicalRecord
from shs.medical_record.services import record
from shs.notices.models import SmsDay
from shs.notices.tests.texting import gateway_at, sent_by
from shs.testing import PASSWORD, Api, TestUsers, later, limits, soon
from shs.users import addresses, cards, contacts, phone_codes, services
from shs.users.links import CONFIRM, change_token
from shs.users.models import AddressChange, AppSession, ContactPoint, LoginPause, PatientCard, PhoneCode, User
from shs.users.tasks import forget_logins
from shs.users.tests.phoning import BORN, OTHER, PHONE, Phoning

YEAR = Birth(date(1975, 7, 1), "year")


class Claims(Phoning, TestUsers, TestCase):
    @classmethod
    def make_people(cls):
        super().make_people()
        cls.rahima = cls.register("Rahima Akter")
        cls.karim = cls.register("করিম উদ্দিন", birth=YEAR)
        cls.child = cls.register("Tara Akter", birth=Birth(timezone.localdate() - timedelta(days=3000)))

    def entered(self) -> int:
        """A visit of Rahima and an entry of her chart, of before; the key of the visit."""
        visit = self.take_place(patient=self.rahima)
        entry = MedicalRecord(patient=self.rahima, kind="note", title="Headache")
        record(entry=entry, by=self.carol, now=timezone.now())
        return visit.pk

    def test_a_person_of_the_desk_opens_their_account_and_finds_what_was_entered(self):
        visit = self.entered()
        found = self.proven()
        shown = [(p["initials"], p["ages"], p["asks"], p["name"]) for p in found["people"]]
        self.assertEqual(
            shown,
            [
                ("T. A.", "0-17", "guardian", ""),
                ("ক. উ.", "50-59", "patient_number", ""),
                ("R. A.", "40-49", "date_of_birth", ""),
            ],
        )
        self.assertNotIn("Rahima", str(found))
        answer = self.log_in(found, 2, date_of_birth="12/03/1980")
        self.assertEqual(answer.status_code, 200, answer.content)
        self.assertTrue(answer.json()["user"]["is_verified"])
        own = Api()
        own.headers["Authorization"] = f"Bearer {answer.json()['access']}"
        mine = own.get("/appointments/my-appointments").json()["items"]
        self.assertEqual([row["id"] for row in mine], [visit])
        chart = own.get(f"/medical-records/{self.rahima.pk}").json()["items"]
        self.assertEqual([row["title"] for row in chart], ["Headache"])
        self.assertEqual(own.get("/auth/profile").json()["patient_number"], self.rahima.patient_number)
        self.rahima.refresh_from_db()
        self.assertTrue(self.rahima.has_login and self.rahima.is_confirmed)
        self.assertEqual(self.rahima.history.first().history_change_reason, "opened by phone and date of birth")
        point = ContactPoint.objects.of_phone(PHONE).get(person=self.rahima)
        self.assertEqual(point.history.first().history_change_reason, "confirmed by a code")
        self.assertIsNotNone(self.rahima.last_login)
        self.assertEqual(AppSession.objects.live().filter(user=self.rahima).count(), 1)
        self.assertFalse(PhoneCode.objects.exists())

    def test_who_has_only_a_phone_adds_an_address_by_a_code_to_it(self):
        answer = self.log_in(self.proven(), 2, date_of_birth="12/03/1980").json()
        own = Api()
        own.headers["Authorization"] = f"Bearer {answer['access']}"
        wish = {"email": "rahima@example.com"}
        for wrong in ({}, {"current_password": PASSWORD}, {"proof": "x"}, {"proof": self.proven(OTHER)["proof"]}):
            with self.subTest(wrong=wrong):
                self.assertEqual(own.post("/auth/email/change", {**wish, **wrong}).status_code, 422)
        proof = self.proven()["proof"]
        self.assertEqual(own.post("/auth/email/change", {**wish, "proof": proof}).status_code, 202)
        change = AddressChange.objects.sent().get(user=self.rahima)
        self.assertEqual(change.new_email, "rahima@example.com")
        self.assertEqual(own.post("/auth/email/change", {**wish, "proof": proof}).status_code, 422, "used up")
        addresses.confirm(token=change_token(change.pk, CONFIRM), now=timezone.now())
        self.rahima.refresh_from_db()
        self.assertEqual(self.rahima.email, "rahima@example.com")

    def test_a_told_age_asks_for_the_number_or_the_code_of_the_card(self):
        found = self.proven()
        self.assertIn("patient_number", str(self.log_in(found, 1, date_of_birth="1975-07-01").json()["errors"]))
        self.assertEqual(self.log_in(found, 1, patient_number=self.rahima.patient_number).status_code, 422)
        number = self.karim.patient_number.translate(str.maketrans("0123456789", "০১২৩৪৫৬৭৮৯"))
        self.assertEqual(self.log_in(found, 1, patient_number=number).status_code, 200)
        card = cards.card_of(self.rahima, shown_to=self.erin)
        cards.replace(person=self.rahima, reason="lost")
        new = PatientCard.objects.get(person=self.rahima)
        found = self.proven()
        self.assertEqual(self.log_in(found, 2, card_code=card.shown).status_code, 422)
        self.assertEqual(self.log_in(found, 1, card_code=new.shown).status_code, 422, "somebody else's card")
        self.assertEqual(self.log_in(found, 2, card_code=new.shown.lower().replace("-", " ")).status_code, 200)

    def test_who_was_told_of_no_birth_at_all_and_has_no_card_needs_the_number(self):
        nobody = self.register("Nila", phone=OTHER, birth=None)
        found = self.proven(OTHER)
        self.assertEqual((found["people"][0]["asks"], found["people"][0]["ages"]), ("patient_number", ""))
        self.assertEqual(self.log_in(found, card_code="ABCD2345").status_code, 422)
        self.assertEqual(self.log_in(found, patient_number=nobody.patient_number).status_code, 200)

    def test_a_known_device_needs_no_second_fact_for_180_days_and_a_new_one_does(self):
        first = self.log_in(self.proven(), 2, date_of_birth=str(BORN)).json()
        known = {"X-Device-Token": first["device"]}
        found = self.proven(**known)
        self.assertEqual((found["people"][2]["asks"], found["people"][2]["name"]), ("", "Rahima Akter"))
        self.assertEqual(found["people"][1]["asks"], "patient_number", "another person on the same device")
        self.assertEqual(self.log_in(found, 2).status_code, 422, "the list is the device's, the login is not")
        self.assertEqual(self.log_in(found, 2, headers=known).status_code, 200)
        self.assertEqual(self.proven()["people"][2]["asks"], "date_of_birth")
        with later(days=181):
            self.assertEqual(self.proven(**known)["people"][2]["asks"], "date_of_birth")
        person = User.objects.get(pk=self.rahima.pk)
        person.end_sessions(reason="the phone was stolen")
        self.assertEqual(self.proven(**known)["people"][2]["asks"], "date_of_birth")

    def test_a_number_that_a_desk_has_changed_asks_again(self):
        known = {"X-Device-Token": self.log_in(self.proven(), 2, date_of_birth=str(BORN)).json()["device"]}
        contacts.set_phone(person=self.rahima, text=OTHER, now=timezone.now())
        self.assertEqual([p["asks"] for p in self.proven(OTHER, **known)["people"]], ["date_of_birth"])
        self.assertEqual(len(self.proven(PHONE)["people"]), 2)

    def test_a_code_for_the_desk_goes_to_the_confirmed_phone_alone(self):
        self.log_in(self.proven(), 2, date_of_birth=str(BORN))
        visit = visits.book(
            patient=User.objects.get(pk=self.rahima.pk),
            doctor_id=self.dr_carol.pk,
            date=soon(),
            time=time(11),
            reason="",
            source=Appointment.Source.DESK,
            now=timezone.now(),
        )
        visits.send_code(visit=visit, now=timezone.now())
        self.assertEqual([sent["to"] for sent in self.send_texts()], [PHONE])
        contacts.set_phone(person=self.rahima, text=OTHER, now=timezone.now())
        visit = Appointment.objects.get(pk=visit.pk)
        with later(minutes=2), self.assertRaises(StepRefused):
            visits.send_code(visit=visit, now=timezone.now())

    def test_minors_the_dead_the_suspended_and_the_office_do_not_log_in_by_phone(self):
        found = self.proven()
        self.assertEqual(self.log_in(found, 0, date_of_birth="2018-01-01").status_code, 403)
        for person in (self.erin, self.carol, self.frank):
            contacts.set_phone(person=person, text=OTHER, now=timezone.now())
        dead, gone = self.register("Dead", phone=OTHER), self.register("Gone", phone=OTHER)
        services.note_death(user=dead, day=BORN, told_by="his son", reason="told", now=timezone.now())
        gone.suspend(reason="abuse")
        self.assertEqual(self.proven(OTHER)["people"], [])
        self.rahima.suspend(reason="abuse")
        self.assertEqual(self.log_in(found, 2, date_of_birth=str(BORN)).status_code, 422)

    def test_who_has_an_address_logs_in_by_phone_after_confirming_it_in_the_app(self):
        contacts.set_phone(person=self.alice, text=OTHER, now=timezone.now())
        self.assertEqual(self.proven(OTHER)["people"], [])
        challenge, code = self.asked(PHONE)
        own, body = Api(self.alice), {"challenge": challenge, "code": code}
        self.assertEqual(own.post("/auth/otp/confirm", body).status_code, 422, "somebody else's phone")
        challenge, code = self.asked(OTHER)
        body = {"challenge": challenge, "code": code}
        self.assertEqual(Api().post("/auth/otp/confirm", body).status_code, 401)
        self.assertEqual(own.post("/auth/otp/confirm", body).status_code, 204)
        self.assertEqual(own.post("/auth/otp/confirm", body).status_code, 422, "used")
        found = self.proven(OTHER)
        self.assertEqual([p["initials"] for p in found["people"]], ["A."])
        unconfirmed = User.objects.create_user("new@example.com", PASSWORD, name="New")
        self.assertEqual(Api(unconfirmed).post("/auth/otp/confirm", body).status_code, 403)
        challenge, code = self.asked(PHONE)
        contacts.set_phone(person=self.carol, text=PHONE, now=timezone.now())
        answer = Api(self.carol).post("/auth/otp/confirm", {"challenge": challenge, "code": code})
        self.assertEqual(answer.status_code, 204)
        self.assertNotIn("C.", str(self.proven()["people"]), "doctors keep their password")

    def test_an_account_with_a_second_factor_needs_its_code(self):
        User.objects.get(pk=self.rahima.pk).set_second_factor(timezone.now(), reason="set up")
        found = self.proven()
        answer = self.log_in(found, 2, date_of_birth=str(BORN))
        self.assertEqual((answer.status_code, answer.json()["type"]), (401, "urn:shs:problem:code_needed"))
        self.assertEqual(self.log_in(found, 2, date_of_birth=str(BORN), code="123456").status_code, 422)
        self.assertFalse(AppSession.objects.filter(user=self.rahima).exists())


class Codes(Phoning, TestUsers, TestCase):
    @classmethod
    def make_people(cls):
        super().make_people()
        cls.rahima = cls.register("Rahima Akter")

    def verify(self, challenge: str, code: str):
        return Api().post("/auth/otp/verify", {"challenge": challenge, "code": code})

    def test_asking_does_the_same_for_a_known_and_an_unknown_phone(self):
        def work(phone: str):
            with CaptureQueriesContext(connection) as asked:
                answer = Api().post("/auth/otp/request", {"phone": phone})
            return (
                answer.status_code,
                sorted(answer.json()),
                [" ".join(q["sql"].split()[:3]) for q in asked if "SAVEPOINT" not in q["sql"]],
            )

        known, unknown = work(PHONE), work(OTHER)
        self.assertEqual(known, unknown)
        self.assertEqual(known[0], 202)
        again = [Api().post("/auth/otp/request", {"phone": phone}) for phone in (PHONE, OTHER)]
        self.assertEqual([answer.status_code for answer in again], [429, 429])
        self.assertEqual([answer["Retry-After"] for answer in again], ["60", "60"])

    def test_a_code_works_once_for_five_minutes_and_five_tries(self):
        challenge, code = self.asked()
        wrong = f"{(int(code) + 1) % 1_000_000:06d}"
        self.assertRegex(code, r"^[0-9]{6}$")
        self.assertEqual(self.verify(challenge, wrong).json()["type"], "urn:shs:problem:wrong_code")
        bangla = code.translate(str.maketrans("0123456789", "০১২৩৪৫৬৭৮৯"))
        self.assertEqual(self.verify(challenge, f"{bangla[:3]} {bangla[3:]}").status_code, 200)
        self.assertEqual(self.verify(challenge, code).status_code, 422, "used")
        challenge, code = self.asked()
        with later(minutes=5):
            self.assertEqual(self.verify(challenge, code).status_code, 422)
        LoginPause.objects.all().delete()
        challenge, code = self.asked()
        statuses = []
        for _time in range(5):
            LoginPause.objects.all().delete()
            statuses.append(self.verify(challenge, wrong).status_code)
        self.assertEqual(statuses, [422] * 5)
        LoginPause.objects.all().delete()
        self.assertEqual(self.verify(challenge, code).status_code, 429, "also with the right one")
        self.assertEqual(self.verify("0" * 32, code).status_code, 422)

    def test_a_proof_lasts_ten_minutes_and_three_wrong_answers(self):
        found = self.proven()
        with later(minutes=10):
            self.assertEqual(self.log_in(found, date_of_birth=str(BORN)).status_code, 422)
        statuses = [self.log_in(found, date_of_birth="1980-01-01").json()["type"][16:] for _time in range(4)]
        self.assertEqual(statuses, ["wrong_answer"] * 3 + ["invalid"])
        self.assertEqual(self.log_in(found, date_of_birth=str(BORN)).status_code, 422)

    def test_wrong_answers_close_the_account_for_a_day_and_the_person_is_told_once(self):
        statuses = []
        for _code in range(2):
            found = self.proven()
            statuses += [self.log_in(found, date_of_birth="1980-01-01").status_code for _time in range(3)]
        self.assertEqual(statuses, [422] * 4 + [429] * 2)
        self.assertEqual(self.told("claim_refused"), 1)
        (text,) = self.send_texts()
        self.assertIn("tell the clinic", text["text"])
        self.assertNotIn("Rahima", text["text"])
        denied = ReadLog.objects.get(subject=self.rahima, basis="denied", what="login by phone")
        self.assertEqual((denied.reader, denied.role), (None, "anonymous"))
        with later(hours=23):
            refused = self.log_in(self.proven(), date_of_birth=str(BORN))
            self.assertEqual(refused.status_code, 429)
            self.assertNotIn("password", refused.json()["detail"])
        with later(hours=25):
            self.assertEqual(self.log_in(self.proven(), date_of_birth=str(BORN)).status_code, 200)
        self.assertEqual(self.told("claim_refused"), 1)

    def test_wrong_codes_of_many_challenges_pause_the_phone(self):
        statuses = []
        for _code in range(2):
            challenge, code = self.asked()
            wrong = f"{(int(code) + 1) % 1_000_000:06d}"
            statuses += [self.verify(challenge, wrong).status_code for _time in range(3)]
        self.assertEqual(statuses, [422] * 4 + [429] * 2)

    def test_codes_are_limited_by_phone_and_by_address_and_for_strangers(self):
        with limits(code_phone=(0, 2)):
            self.asked()
            self.asked()
            PhoneCode.objects.update(asked_at=timezone.now() - phone_codes.PAUSE)
            self.assertEqual(Api().post("/auth/otp/request", {"phone": PHONE}).status_code, 429)
        with limits(code=(0, 4)):
            statuses = [Api().post("/auth/otp/request", {"phone": f"0191234567{n}"}).status_code for n in range(3)]
        self.assertEqual(statuses, [202, 429, 429])
        with limits(code_unknown=(0, 1)):
            Api().post("/auth/otp/request", {"phone": "01912345675"})
            Api().post("/auth/otp/request", {"phone": "+442079460958"})
            self.assertEqual([sent["to"] for sent in self.send_texts()], ["+8801912345670"])

    def test_without_a_gateway_nobody_waits_for_a_code(self):
        Api().post("/auth/otp/request", {"phone": PHONE})
        with override_settings(SMS_BACKEND="none"):
            for path, body in (
                ("/auth/otp/request", {"phone": OTHER}),
                ("/auth/register", {"phone": OTHER, "name": "New", "date_of_birth": "1990-01-01"}),
            ):
                answer = Api().post(path, body)
                self.assertEqual((answer.status_code, answer.json()["type"]), (409, "urn:shs:problem:no_sms"))
            self.assertEqual(self.send_texts(), [])
        self.assertEqual(len(self.send_texts()), 1)

    def test_abroad_only_those_who_are_registered_are_sent_a_code(self):
        Api().post("/auth/otp/request", {"phone": "+442079460958"})
        self.assertEqual(self.send_texts(), [])
        self.register("Salma", phone="+442079460958")
        self.asked("+442079460958")

    def test_made_up_people_are_sent_nothing_but_lines_for_the_developer(self):
        person = self.register("Demo Person", phone="+8801000000007", demo_name="patient7")
        self.asked("+8801000000007")
        with Misbehaving(answers({"ok": True})) as server, gateway_at(server.url):
            for phone in ("+8801000000008", "+8801000000009", PHONE):
                Api().post("/auth/otp/request", {"phone": phone})
            contacts.set_phone(person=person, text=OTHER, now=timezone.now())
            Api().post("/auth/otp/request", {"phone": OTHER})
            phone_codes.send(now=timezone.now())
            self.assertEqual([sent["to"] for sent in sent_by(server)], [PHONE])
        with override_settings(DEMO_ACCOUNTS=False):
            self.assertEqual(self.proven(OTHER)["people"], [])

    def test_a_code_is_sent_once_and_again_only_if_it_was_not_sent(self):
        Api().post("/auth/otp/request", {"phone": PHONE})
        with gateway_at(refused_url()):
            self.assertEqual(phone_codes.send(now=timezone.now()), 0)
        self.assertEqual(sum(SmsDay.objects.values_list("spent", flat=True)), 0)
        self.assertEqual(phone_codes.send(now=timezone.now(), dry_run=True), 1)
        self.assertEqual(len(self.send_texts()), 1)
        self.assertEqual(self.send_texts(), [])
        self.assertEqual(sum(SmsDay.objects.values_list("spent", flat=True)), 400)
        Api().post("/auth/otp/request", {"phone": OTHER})
        with later(minutes=6):
            self.assertEqual(self.send_texts(), [], "too late")

    def test_no_code_is_stored_or_logged_and_nothing_is_left_after_an_hour(self):
        stream = StringIO()
        handler = logging.StreamHandler(stream)
        logging.getLogger().addHandler(handler)
        self.addCleanup(logging.getLogger().removeHandler, handler)
        challenge, code = self.asked()
        self.verify(challenge, "000000" if code != "000000" else "111111")
        (row,) = PhoneCode.objects.values()
        self.assertNotIn(code, str(row))
        self.assertNotIn(code, stream.getvalue())
        with later(minutes=59):
            forget_logins(now=timezone.now())
            self.assertTrue(PhoneCode.objects.exists())
        with later(minutes=61):
            forget_logins(now=timezone.now())
        self.assertFalse(PhoneCode.objects.exists())

    def test_the_text_is_in_the_language_of_the_app_and_short(self):
        PhoneCode.objects.all().delete()
        Api().post("/auth/otp/request", {"phone": PHONE}, **{"Accept-Language": "bn"})
        (sent,) = self.send_texts()
        self.assertIn("কোড", sent["text"])
        self.assertLessEqual(len(sent["text"]), 70)

    def test_what_is_no_phone_is_422(self):
        for phone in ("", "call me", "123", None, 5, "x" * 300):
            self.assertEqual(Api().post("/auth/otp/request", {"phone": phone}).status_code, 422)


class Shown(SimpleTestCase):
    @given(st.text(max_size=150))
    def test_initials_hold_one_letter_of_each_word(self, name: str):
        found = initials(name)
        self.assertEqual(found == "–", not any(letter.isalpha() for letter in name.removeprefix("Dr. ")))
        self.assertLessEqual(len(found.split()), 3)
        if found != "–":
            self.assertTrue(all(part.endswith(".") and len(part) <= 4 for part in found.split()), found)
