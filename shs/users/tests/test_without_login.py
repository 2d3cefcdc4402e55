"""A person without a login is a patient all the same; one who has died is sent and booked nothing."""

from datetime import date, time, timedelta

from django.core import mail
from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlsafe_base64_encode

from shs.appointment.services import Proof, walk_in
from shs.core.admin.masks import masked_email
from shs.core.errors import Invalid
from shs.medical_record.fhir import bundle
from shs.notices.models import Notice, State
from shs.testing import PASSWORD, Api, TestUsers, sending, soon
from shs.users import identity, services, tokens
from shs.users.contacts import set_phone
from shs.users.links import reset_token
from shs.users.models import User
from shs.users.passwords import open_reset


class WithoutLogin(TestUsers, TestCase):
    @classmethod
    def make_people(cls):
        super().make_people()
        cls.mina = User.objects.create_user(None, name="Mina Akter")
        cls.other = User.objects.create_user("", name="Rina Akter")

    def test_several_people_have_no_address_and_cannot_log_in(self):
        self.assertEqual((self.mina.email, self.other.email), (None, None))
        self.assertFalse(self.mina.has_usable_password())
        answer = Api().post("/auth/login", {"email": "x", "password": ""})
        self.assertEqual(answer.status_code, 422)
        self.assertEqual(masked_email(None), "")

    def test_they_are_booked_and_seen_in_the_office_and_nothing_is_mailed(self):
        with sending():
            visit = self.book(patient=self.mina, at=time(11))
            visit.confirm(now=timezone.now())
        self.assertEqual([post.to for post in mail.outbox if None in post.to], [])
        self.assertFalse(Notice.objects.filter(user=self.mina, state=State.FAILED).exists())
        client = Client()
        for user in (self.frank, self.erin, self.carol):
            client.force_login(user, backend="shs.users.backends.EmailBackend")
            for page in ("changelist", "change"):
                args = (self.mina.pk,) if page == "change" else ()
                with self.subTest(who=user.name, page=page):
                    found = client.get(reverse(f"admin:users_user_{page}", args=args))
                    self.assertContains(found, "Mina Akter")
                    self.assertNotContains(found, "None")
        client.force_login(self.frank, backend="shs.users.backends.EmailBackend")
        self.assertContains(client.get(reverse("admin:users_user_changelist")), self.mina.patient_number)

    def test_a_reset_is_not_offered(self):
        client = Client()
        client.force_login(self.frank, backend="shs.users.backends.EmailBackend")
        answer = client.post(reverse("admin:users_user_step", args=(self.mina.pk, "send_reset")), {"reason": "x"})
        self.assertEqual(answer.status_code, 302)
        with sending():
            pass
        self.assertEqual(mail.outbox, [])

    def test_the_export_holds_numbers_names_and_what_is_known_of_the_birth(self):
        profile = self.mina.profile
        profile.date_of_birth, profile.birth_precision = date(1981, 7, 1), "year"
        profile.father_name = "Karim Uddin"
        profile.save()
        set_phone(person=self.mina, text="01712345678", now=timezone.now())
        identity.add(person=self.mina, system="nid", text="1234567890")
        self.mina.rename_bn("মিনা আক্তার")
        found = bundle(self.mina, now=timezone.now())["entry"][0]["resource"]
        self.assertEqual(found["birthDate"], "1981")
        self.assertEqual(found["name"][0], {"text": "Mina Akter", "family": "Akter", "given": ["Mina"]})
        self.assertEqual(found["name"][1]["text"], "মিনা আক্তার")
        self.assertEqual(found["telecom"], [{"system": "phone", "value": "+8801712345678"}])
        self.assertEqual(found["identifier"][0]["value"], self.mina.patient_number)
        self.assertEqual(found["contact"][0]["name"]["text"], "Karim Uddin")
        self.assertNotIn("1234567890", str(found))
        revealed = bundle(self.mina, now=timezone.now(), reveals=True)["entry"][0]["resource"]
        self.assertEqual(revealed["identifier"][1]["value"], "1234567890")


class Died(TestUsers, TestCase):
    def note(self, user: User, **fields: str):
        data = {"died_on": f"{timezone.localdate():%d/%m/%Y}", "told_by": "her son", "reason": "letter", **fields}
        client = Client()
        client.force_login(user, backend="shs.users.backends.EmailBackend")
        return client.post(reverse("admin:users_user_step", args=(self.alice.pk, "note_death")), data)

    def test_nothing_is_sent_or_booked_any_more_and_visits_end(self):
        access = tokens.issue(self.alice, now=timezone.now())["access"]
        with sending():
            self.assertEqual(self.note(self.erin).status_code, 302)
        self.alice.refresh_from_db()
        self.visit.refresh_from_db()
        self.assertEqual((self.alice.is_dead, self.alice.death_told_by), (True, "her son"))
        self.assertEqual(self.visit.status, "cancelled")
        self.assertIsNone(tokens.user_of(access))
        self.assertEqual({address for post in mail.outbox for address in post.to}, {self.carol.email})
        with self.assertRaisesMessage(Invalid, "died"):
            self.book(day=soon(5), at=time(11))

    def test_whoever_has_died_logs_in_neither_in_the_office_nor_the_api_until_it_is_undone(self):
        refresh = tokens.issue(self.alice, now=timezone.now())["refresh"]
        link = reset_token.make_token(self.alice)
        self.note(self.frank)
        credentials = {"email": self.alice.email, "password": PASSWORD}
        self.assertEqual(Api().post("/auth/login", credentials).status_code, 401)
        self.assertEqual(Api().post("/auth/token/refresh", {"refresh": refresh}).status_code, 401)
        self.assertEqual(Api(self.alice).get("/auth/profile").status_code, 401)
        with self.assertRaises(Invalid):
            open_reset(uid=urlsafe_base64_encode(str(self.alice.pk).encode()), token=link)
        services.note_death(user=self.grace, day=timezone.localdate(), told_by="x", reason="x", now=timezone.now())
        office = {"username": self.grace.email, "password": PASSWORD}
        self.assertContains(Client().post(reverse("admin:login"), office), "Please enter the correct")
        with sending():
            Api().post("/auth/password/reset", {"email": self.alice.email})
        self.assertNotIn(self.alice.email, [address for post in mail.outbox for address in post.to])
        services.undo_death(user=self.alice, reason="a mix-up", now=timezone.now())
        self.assertEqual(Api().post("/auth/login", credentials).status_code, 200)

    def test_a_dead_person_is_neither_booked_nor_checked_in_by_office_and_api(self):
        self.note(self.frank)
        self.alice.refresh_from_db()
        desk = Client()
        desk.force_login(self.erin, backend="shs.users.backends.EmailBackend")
        for when in ("now", f"{soon(5)}T11:00"):
            typed = {"doctor": self.dr_carol.pk, "when": when, "person": self.alice.pk}
            self.assertContains(desk.post(reverse("admin:desk_register"), typed), "cannot be chosen")
        with self.assertRaises(Invalid):
            walk_in(
                patient=self.alice,
                doctor_id=self.dr_carol.pk,
                clinic=self.clinic,
                proof=Proof("document", "nid", "4711"),
                by=self.erin,
                now=timezone.now(),
            )
        self.assertFalse(self.alice.appointments.exclude(status="cancelled").exists())

    def test_it_can_be_undone(self):
        self.note(self.frank)
        client = Client()
        client.force_login(self.frank, backend="shs.users.backends.EmailBackend")
        client.post(reverse("admin:users_user_step", args=(self.alice.pk, "undo_death")), {"reason": "a mix-up"})
        self.alice.refresh_from_db()
        self.assertFalse(self.alice.is_dead)
        self.book(day=soon(5), at=time(11))

    def test_a_day_to_come_and_a_stranger_are_refused(self):
        tomorrow = timezone.localdate() + timedelta(days=1)
        self.assertEqual(self.note(self.frank, died_on=f"{tomorrow:%d/%m/%Y}").status_code, 200)
        self.assertEqual(self.note(self.carol).status_code, 403)
        self.assertEqual(self.note(self.henry).status_code, 404)
        self.alice.refresh_from_db()
        self.assertFalse(self.alice.is_dead)


class StaffAsPatients(TestUsers, TestCase):
    def test_what_is_theirs_as_a_patient_is_theirs_by_the_api_and_nothing_of_the_office(self):
        erin = Api(self.erin)
        visit = {"doctor": self.dr_carol.pk, "date": soon(4).isoformat(), "time": "11:00"}
        answer = erin.post("/appointments/", visit)
        self.assertEqual(answer.status_code, 201)
        mine = erin.get("/appointments/my-appointments").json()
        self.assertEqual([row["id"] for row in mine["items"]], [answer.json()["id"]])
        self.assertEqual(erin.get(f"/appointments/{self.visit.pk}").status_code, 404)  # of her own desk
        self.assertEqual(erin.get(f"/medical-records/{self.erin.pk}").status_code, 200)
        self.assertEqual(erin.get(f"/medical-records/{self.alice.pk}").status_code, 404)
        self.assertEqual(erin.get(f"/prescriptions/patient/{self.erin.pk}").status_code, 200)
        self.assertEqual(erin.get("/appointments/doctor-appointments").status_code, 403)
        irene = Api(self.irene)
        self.assertEqual(irene.get(f"/medical-records/{self.alice.pk}").status_code, 404)

    def test_their_own_chart_stays_closed_in_the_office(self):
        client = Client()
        client.force_login(self.erin, backend="shs.users.backends.EmailBackend")
        page = reverse("admin:medical_record_medicalrecord_patient", args=(self.erin.pk,))
        self.assertIn(client.get(page).status_code, (403, 404))

    def test_the_desk_books_a_colleague_as_a_patient(self):
        services.rename(user=self.grace, name="Grace G.", now=timezone.now())
        self.assertTrue(self.grace.may_be_patient)
        self.assertFalse(self.carol.may_be_patient)
