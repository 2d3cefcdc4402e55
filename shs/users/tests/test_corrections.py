"""Corrections: patients ask in the app for what they may not change, and a desk of their clinics decides."""

from datetime import date, time, timedelta

from django.core import mail
from django.test import Client, TestCase, override_settings, tag
from django.urls import reverse
from django.utils import timezone

from shs.core.errors import Refused
from shs.core.reads.models import ReadLog
from shs.notices.models import Notice
from shs.testing import Api, CommittedTestCase, TestUsers, at_once, later, make_user, sending
from shs.users import contacts, corrections, identity
from shs.users.models import Correction, Duty, PersonIdentifier, Role, User
from shs.users.permissions import BOOK, READ, dependants
from shs.users.tests.test_families import Family

OLD, NEW = {"old": "a" * 40}, {"new": "b" * 40}
REASON = "so it stands on my card"


class Corrected(Family):
    """Mixin: Alice is a patient of the clinic of Erin's desk; Bob and his child Tara are not."""

    def ask(self, user: User, fact: str, wanted: str, **more):
        body = {"fact": fact, "wanted": wanted, "reason": REASON, **more}
        return Api(user).post("/patients/corrections", body)

    def asked(self, user: User, fact: str, wanted: str, **more) -> Correction:
        answer = self.ask(user, fact, wanted, **more)
        self.assertEqual(answer.status_code, 201, answer.content)
        return Correction.objects.get(pk=answer.json()["id"])

    def office(self, user: User) -> Client:
        client = Client()
        client.force_login(user, backend="shs.users.backends.EmailBackend")
        return client

    def decide(self, user: User, row: Correction, name: str, answer: str = "her birth certificate"):
        page = reverse("admin:users_correction_step", args=(row.pk, name))
        with sending():
            return self.office(user).post(page, {"answer": answer})


class Asking(Corrected, TestCase):
    def test_whoever_asks_sees_what_they_asked_for_and_withdraws_it(self):
        row = self.asked(self.alice, "date_of_birth", "১২/০৩/১৯৯০")
        self.assertEqual((row.present, row.wanted), ("", "1990-03-12"))
        listed = Api(self.alice).get("/patients/corrections").json()["items"]
        self.assertEqual(
            [(one["fact"], one["wanted"], one["state"], one["asked_by"]["name"]) for one in listed],
            [("date_of_birth", "1990-03-12", "waiting", "Alice")],
        )
        self.assertEqual(Api(self.bob).post(f"/patients/corrections/{row.pk}/withdraw").status_code, 404)
        self.assertEqual(Api(self.alice).post(f"/patients/corrections/{row.pk}/withdraw").status_code, 204)
        self.assertEqual(Api(self.alice).post(f"/patients/corrections/{row.pk}/withdraw").status_code, 404)
        self.asked(self.alice, "date_of_birth", "1990")

    def test_each_fact_is_read_by_its_own_rule(self):
        right = {
            "name": ("Alice  Rahman", "Alice  Rahman"),
            "name_bn": ("এলিস", "এলিস"),
            "date_of_birth": ("03/1990", "1990-03"),
            "gender": ("Female", "female"),
            "blood_group": ("ab+", "AB+"),
            "mother_name": ("Rina", "Rina"),
            "phone": ("(০১৮) ১২৩৪৫৬৭৮", "+8801812345678"),
            "nid": ("123 456 7890", "••• 890"),
        }
        wrong = {
            "name": ["", "7", "x" * 151],
            "date_of_birth": ["", "31/02/1990", "12/31/1990", "2999"],
            "gender": ["", "f"],
            "blood_group": ["C+"],
            "phone": ["", "call me"],
            "nid": ["12"],
            "address": ["x" * 256],
        }
        for fact, texts in wrong.items():
            for text in texts:
                with self.subTest(fact=fact, text=text):
                    answer = self.ask(self.alice, fact, text)
                    self.assertEqual(answer.status_code, 422)
                    self.assertEqual(answer.json()["errors"][0]["field"], "wanted")
        for fact, (text, stored) in right.items():
            with self.subTest(fact=fact):
                self.assertEqual(self.asked(self.alice, fact, text).wanted, stored)
                Correction.objects.all().delete()

    def test_what_repeats_or_changes_nothing_is_refused(self):
        self.assertEqual(self.ask(self.alice, "name", "Alice").status_code, 409)
        row = self.asked(self.alice, "name", "Alice Rahman")
        self.assertEqual(self.ask(self.alice, "name", "Alice Khan").status_code, 409)
        corrections.decline(row=row, answer="No paper.", by=self.erin, now=timezone.now())
        self.assertEqual(self.ask(self.alice, "name", "Alice Rahman").status_code, 409)
        with later(days=31):
            self.asked(self.alice, "name", "Alice Rahman")
        for fact, wanted in (
            ("gender", "female"),
            ("phone", "01812345678"),
            ("mother_name", "Rina"),
            ("nid", "1" * 10),
        ):
            self.asked(self.alice, fact, wanted)
        self.assertEqual(self.ask(self.alice, "father_name", "Karim").status_code, 409)

    def test_a_guardian_asks_for_a_dependant_and_nobody_else_does(self):
        row = self.asked(self.bob, "name", "Tara Rahman", patient=self.tara.pk)
        self.assertEqual((row.person, row.asked_by), (self.tara, self.bob))
        self.assertEqual(self.ask(self.alice, "name", "Tara Khan", patient=self.tara.pk).status_code, 404)
        mine = Api(self.bob).get("/patients/corrections", patient=self.tara.pk).json()
        self.assertEqual([one["patient"]["name"] for one in mine["items"]], ["Tara"])
        self.assertTrue(ReadLog.objects.filter(reader=self.bob, subject=self.tara, what="corrections").exists())
        self.assertEqual(Api(self.bob).get("/patients/corrections").json()["count"], 0)
        self.link.end(now=timezone.now(), reason="moved away")
        self.assertEqual(Api(self.bob).post(f"/patients/corrections/{row.pk}/withdraw").status_code, 404)

    def test_the_name_of_a_doctor_is_verified_and_not_asked_for(self):
        self.assertEqual(self.ask(self.carol, "name", "Dr. Carol Rahman").status_code, 409)

    def test_whom_a_desk_has_registered_does_not_change_name_birth_and_sex_without_asking(self):
        mina = User.objects.create_user(None, name="Mina")
        first = {"date_of_birth": "1991-01-01", "gender": "other", "birth_precision": "day"}
        self.assertEqual(Api(mina).patch("/auth/profile", first).status_code, 200, "Nothing was recorded.")
        wrong = {"name": "Mona", "date_of_birth": "1990-01-01", "gender": "female", "birth_precision": "year"}
        for field, value in wrong.items():
            answer = Api(mina).patch("/auth/profile", {field: value})
            self.assertEqual((answer.status_code, answer.json()["type"]), (409, "urn:shs:problem:step_refused"))
        kept = {"name": "Mina", "gender": "other", "address": "Road 5", "mother_name": "Rina"}
        self.assertEqual(Api(mina).patch("/auth/profile", kept).json()["address"], "Road 5")
        self.assertEqual(Api(self.alice).patch("/auth/profile", {"name": "Alice R."}).json()["name"], "Alice R.")
        self.asked(mina, "name", "Mona")


class Deciding(Corrected, TestCase):
    def test_the_desk_of_their_clinics_and_admins_see_what_waits_and_others_do_not(self):
        mine, child = (
            self.asked(self.alice, "name", "Alice R."),
            self.asked(self.bob, "name", "Ta", patient=self.tara.pk),
        )
        page = reverse("admin:users_correction_changelist")
        seen = {
            user.name: [row.pk for row in self.office(user).get(page).context["cl"].result_list]
            for user in (self.erin, self.frank, self.irene)
        }
        self.assertEqual(seen, {"Erin": [mine.pk], "Frank": [child.pk, mine.pk], "Irene": [child.pk, mine.pk]})
        for user in (self.grace, self.henry):
            self.assertEqual(self.office(user).get(page).status_code, 403)
        self.assertEqual(self.decide(self.irene, mine, "accept").status_code, 403)
        self.assertEqual(self.decide(self.erin, child, "accept").status_code, 404)
        start = self.office(self.erin).get(reverse("admin:index"))
        self.assertContains(start, "Requested corrections")

    def test_auditors_see_who_asked_and_who_decided_and_no_contact_details(self):
        row = self.asked(self.alice, "phone", "01812345678")
        page, listed = (
            reverse("admin:users_correction_change", args=(row.pk,)),
            reverse("admin:users_correction_changelist"),
        )
        for address in (page, listed):
            self.assertContains(self.office(self.erin).get(address), "01812-345678")
            answer = self.office(self.irene).get(address)
            self.assertContains(answer, "Alice")
            self.assertNotContains(answer, "01812-345678")

    def test_nobody_decides_their_own(self):
        self.book(patient=self.erin, at=time(11))
        row = self.asked(self.erin, "name", "Erin Rahman")
        self.assertEqual(self.decide(self.erin, row, "accept").status_code, 403)
        self.assertEqual(self.decide(self.frank, row, "accept").status_code, 302)
        self.assertEqual(User.objects.get(pk=self.erin.pk).name, "Erin Rahman")

    def test_accepting_changes_each_fact_with_the_reason_and_tells_who_asked(self):
        now = timezone.now()
        identity.add(person=self.alice, system="nid", text="1234567890")
        contacts.set_phone(person=self.alice, text="01712345678", now=now)
        wanted = {
            "name": "Alice Rahman",
            "name_bn": "এলিস",
            "date_of_birth": "1990",
            "gender": "female",
            "phone": "01812345678",
            "nid": "9876543210",
            "mother_name": "Rina",
        }
        for fact, text in wanted.items():
            row = self.asked(self.alice, fact, text)
            self.assertEqual(self.decide(self.erin, row, "accept").status_code, 302, fact)
            row.refresh_from_db()
            self.assertEqual((row.status, row.decided_by, row.ciphertext, row.key), ("accepted", self.erin, "", ""))
        alice = User.objects.select_related("profile").get(pk=self.alice.pk)
        profile = alice.profile
        self.assertEqual((alice.name, alice.name_bn), ("Alice Rahman", "এলিস"))
        self.assertEqual((profile.iso_birth, profile.gender, profile.mother_name), ("1990", "female", "Rina"))
        self.assertEqual(contacts.number_of(alice.pk), "+8801812345678")
        (number,) = identity.numbers_of(alice.pk)
        self.assertEqual(number.reveal(), "9876543210")
        reasons = {
            alice.history.first().history_change_reason,
            profile.history.first().history_change_reason,
            number.history.first().history_change_reason,
        }
        self.assertEqual(reasons, {"correction accepted: her birth certificate"})
        told = Notice.objects.filter(kind="correction_decided")
        self.assertEqual({notice.user for notice in told}, {self.alice})
        self.assertIn("Mother's name", mail.outbox[-1].body)
        self.assertNotIn("birth certificate", mail.outbox[-1].body)

    def test_declining_sends_the_sentence_in_the_language_of_who_asked(self):
        self.bob.speak("bn")
        self.book(patient=self.tara, at=time(11))
        row = self.asked(self.bob, "name", "Tara Rahman", patient=self.tara.pk)
        self.assertContains(self.decide(self.erin, row, "decline", answer=" "), "This field is required.")
        self.assertEqual(self.decide(self.erin, row, "decline", answer="The certificate says Tara.").status_code, 302)
        told = Notice.objects.get(kind="correction_decided")
        self.assertEqual((told.user, told.data["for_person"]), (self.bob, self.tara.pk))
        self.assertIn("The certificate says Tara.", mail.outbox[-1].body)
        self.assertIn("নাম", mail.outbox[-1].body)
        self.assertEqual(Api(self.bob).get("/patients/corrections", patient=self.tara.pk).json()["items"][0]["answer"],
                         "The certificate says Tara.")  # fmt: skip
        self.assertEqual(User.objects.get(pk=self.tara.pk).name, "Tara")

    def test_what_was_changed_meanwhile_is_not_overwritten(self):
        row = self.asked(self.alice, "name", "Alice Rahman")
        self.alice.rename("Alice Khan", reason="married")
        self.assertContains(self.decide(self.erin, row, "accept"), "Alice Khan is recorded now")
        row.refresh_from_db()
        self.assertEqual(row.status, "waiting")
        self.assertEqual(self.decide(self.erin, row, "decline").status_code, 302)
        self.assertContains(self.decide(self.erin, row, "accept"), "decided already")

    def test_a_number_of_somebody_else_is_refused_without_telling_of_whom(self):
        identity.add(person=self.tara, system="brn", text="20191234567890123")
        row = self.asked(self.alice, "brn", "20191234567890123")
        answer = self.decide(self.erin, row, "accept")
        self.assertContains(answer, "This number is recorded for another person.")
        self.assertNotContains(answer, "Tara")

    def test_a_wanted_number_is_never_plain_and_is_rotated_with_the_others(self):
        with override_settings(IDENTITY_KEYS=OLD):
            row = self.asked(self.alice, "nid", "1234567890")
        stored = str(Correction.objects.filter(pk=row.pk).values().get()) + str(list(row.history.values()))
        self.assertNotIn("1234567890", stored)
        with override_settings(IDENTITY_KEYS=NEW):
            self.assertContains(self.decide(self.erin, row, "accept"), "IDENTITY_KEYS")
        with override_settings(IDENTITY_KEYS=NEW | OLD):
            self.assertEqual(identity.rotate(), (1, 0))
        with override_settings(IDENTITY_KEYS=NEW):
            self.assertEqual(self.decide(self.erin, row, "accept").status_code, 302)
            self.assertEqual(PersonIdentifier.objects.get(person=self.alice).reveal(), "1234567890")

    def test_a_guardian_who_is_none_any_more_is_not_told(self):
        row = self.asked(self.bob, "name", "Tara Rahman", patient=self.tara.pk)
        self.assertIn(self.tara.pk, dependants(self.bob, BOOK, READ))
        self.link.end(now=timezone.now(), reason="moved away")
        corrections.accept(row=row, answer="seen", by=self.frank, now=timezone.now())
        self.assertFalse(Notice.objects.filter(kind="correction_decided").exists())


@tag("race")
class Races(TestUsers, CommittedTestCase):
    def setUp(self):
        super().setUp()
        self.make_people()

    def test_of_two_decisions_one_counts_and_one_is_refused(self):
        second = make_user("Sara", Role.STAFF, duty=Duty.DESK)
        now = timezone.now()
        row = corrections.ask(
            person=self.alice, fact="name", wanted="Alice Rahman", reason=REASON, by=self.alice, now=now
        )

        def decide(number: int) -> str:
            act, by = (corrections.accept, self.erin) if number else (corrections.decline, second)
            try:
                act(row=Correction.objects.get(pk=row.pk), answer="seen", by=by, now=now + timedelta(seconds=1))
            except Refused as refusal:
                return str(refusal.status)
            return "done"

        self.assertEqual(sorted(at_once(2, decide)), ["409", "done"])
        row.refresh_from_db()
        renamed = User.objects.get(pk=self.alice.pk).name == "Alice Rahman"
        self.assertEqual(row.status, "accepted" if renamed else "declined")

    def test_of_two_wishes_for_the_same_one_waits(self):
        def ask(number: int) -> str:
            try:
                corrections.ask(
                    person=self.alice,
                    fact="date_of_birth",
                    wanted=str(date(1990 + number, 1, 1)),
                    reason=REASON,
                    by=self.alice,
                    now=timezone.now(),
                )
            except Refused as refusal:
                return str(refusal.status)
            return "done"

        self.assertEqual(sorted(at_once(2, ask)), ["409", "done"])
        self.assertEqual(Correction.objects.waiting().count(), 1)
