"""Restrictions of accounts with an unconfirmed e-mail address, which may belong to somebody else: no clinical data by
the API, and the desk cannot find them."""

from importlib import import_module

from django.core import mail
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone

from shs.appointment.models import Appointment
from shs.core.grants.held import held
from shs.medical_record.services import open_chart
from shs.prescription.tests.scenes import Surgery
from shs.testing import Api, later, sending, soon
from shs.users import passwords
from shs.users.models import User

TYPE = "urn:shs:problem:email_unconfirmed"


def unconfirm(user: User) -> None:
    """Make the address of `user` unconfirmed, as after registration."""
    User.objects.without_history("as registered").filter(pk=user.pk).update(is_verified=False)
    user.refresh_from_db()


class UnconfirmedTests(Surgery, TestCase):
    def assert_told(self, answer) -> None:
        self.assertEqual((answer.status_code, answer.json()["type"]), (403, TYPE), answer.content[:200])

    def test_own_chart_and_prescriptions_are_403_with_a_special_type(self):
        issued = self.prescribe()
        paths = [
            f"/medical-records/{self.alice.pk}",
            f"/medical-records/{self.alice.pk}/access-log",
            f"/medical-records/{self.alice.pk}/export",
            f"/prescriptions/patient/{self.alice.pk}",
            f"/prescriptions/{issued.pk}",
            f"/prescriptions/{issued.pk}/pdf",
        ]
        for path in paths:
            self.assertEqual(Api(self.alice).get(path).status_code, 200, path)
        unconfirm(self.alice)
        for path in paths:
            with self.subTest(path=path):
                self.assert_told(Api(self.alice).get(path))
        entry = {"patient": self.alice.pk, "kind": "condition", "title": "x"}
        self.assert_told(Api(self.alice).post("/medical-records/", entry))
        self.assert_told(Api(self.alice).post("/medical-records/access", {"doctor": self.dr_carol.pk}))
        self.assertFalse(held(self.carol, User, "read_chart"))

    def test_an_unconfirmed_doctor_cannot_read_charts(self):
        unconfirm(self.carol)
        self.assert_told(Api(self.carol).get(f"/medical-records/{self.alice.pk}"))
        open_chart(patient=self.alice, doctor_id=self.dr_carol.pk, expires_at=None, now=timezone.now())
        self.assert_told(Api(self.carol).get(f"/prescriptions/patient/{self.alice.pk}"))
        (row, *_) = Api(self.carol).get("/appointments/doctor-appointments").json()["items"]
        self.assertEqual((row["reason"], row["notes"]), ("", ""))

    def test_the_office_shows_an_unconfirmed_doctor_no_reason_and_no_notes_of_visits(self):
        visit = Appointment.objects.get(pk=self.visit.pk)
        visit.annotate("the old secret")
        client = Client()
        client.force_login(self.carol, backend="shs.users.backends.EmailBackend")
        version = visit.history.latest().pk
        pages = [
            reverse("admin:appointment_appointment_change", args=(visit.pk,)),
            reverse("admin:appointment_appointment_history", args=(visit.pk,)),
            reverse("admin:appointment_appointment_simple_history", args=(visit.pk, version)),
            reverse("admin:appointment_appointment_step", args=(visit.pk, "annotate")),
        ]

        def shown() -> list[str]:
            answers = [client.get(page) for page in pages]
            return [
                a.content.decode()
                for a in answers
                if "old secret" in a.content.decode() or "chest pain" in str(a.content)
            ]

        self.assertGreater(len(shown()), 2)
        unconfirm(self.carol)
        self.assertEqual(shown(), [])
        self.assertEqual(client.get(pages[0]).status_code, 200)
        body = {"status": "confirmed", "notes": "x"}
        self.assertEqual(Api(self.carol).patch(f"/appointments/{visit.pk}/status", body).status_code, 403)

    def test_visits_are_returned_without_reason_and_notes(self):
        first = Api(self.alice).get(f"/appointments/{self.visit.pk}").json()
        self.assertNotEqual(first["reason"], "")
        unconfirm(self.alice)
        rows = [
            Api(self.alice).get(f"/appointments/{self.visit.pk}").json(),
            *Api(self.alice).get("/appointments/my-appointments").json()["items"],
            *Api(self.alice).get("/appointments/my-appointments", when="past").json()["items"],
        ]
        self.assertGreater(len(rows), 2)
        self.assertEqual({(row["reason"], row["notes"]) for row in rows}, {("", "")})

    def test_only_one_visit_can_be_open(self):
        unconfirm(self.bob)
        booking = {"doctor": self.dr_carol.pk, "date": f"{soon(5)}", "time": "11:00", "reason": "fever"}
        first = Api(self.bob).post("/appointments/", booking)
        self.assertEqual((first.status_code, first.json()["reason"]), (201, ""))
        self.assert_told(Api(self.bob).post("/appointments/", {**booking, "time": "12:00"}))
        Appointment.objects.get(pk=first.json()["id"]).cancel(reason="x")
        self.assertEqual(Api(self.bob).post("/appointments/", {**booking, "time": "12:00"}).status_code, 201)

    def test_the_desk_cannot_find_the_account_by_email_address(self):
        client = Client()
        client.force_login(self.erin, backend="shs.users.backends.EmailBackend")
        for confirmed, found in ((False, 0), (True, 1)):
            User.objects.without_history("a test").filter(pk=self.bob.pk).update(is_verified=confirmed)
            with self.subTest(confirmed=confirmed):
                data = {"name": "bob@example.com", "person": self.bob.pk, "doctor": self.dr_carol.pk}
                client.post(reverse("admin:desk_register"), {**data, "when": f"{soon(6)}T10:00"})
                self.assertEqual(Appointment.objects.filter(patient=self.bob).count(), found)

    def test_the_link_can_be_sent_again_once_a_minute_and_ends_the_restrictions(self):
        unconfirm(self.alice)
        for seconds, mails in ((0, 1), (30, 0), (61, 1)):
            mail.outbox = []
            with self.subTest(seconds=seconds), later(seconds=seconds), sending():
                self.assertEqual(Api(self.alice).post("/auth/email/resend").status_code, 202)
            self.assertEqual(len(mail.outbox), mails)
        link = "/account/" + mail.outbox[0].body.partition("/account/")[2].split()[0]
        with later(seconds=90):
            Client().post(link)
        self.assertEqual(Api(self.alice).get(f"/medical-records/{self.alice.pk}").status_code, 200)
        mail.outbox = []
        with later(hours=1), sending():
            Api(self.alice).post("/auth/email/resend")
        self.assertEqual(mail.outbox, [])

    def test_the_admin_shows_it_and_can_send_the_link_again(self):
        unconfirm(self.carol)
        client = Client()
        client.force_login(self.carol, backend="shs.users.backends.EmailBackend")
        self.assertContains(client.get("/admin/"), "Your e-mail address is not confirmed.")
        with sending():
            self.assertEqual(client.post(reverse("admin:own_address"), {"resend": "1"}).status_code, 302)
        self.assertEqual([message.subject for message in mail.outbox], ["Confirm your e-mail address"])


class MigrationTests(Surgery, TestCase):
    def test_a_password_reset_by_mail_counts_as_confirmation(self):
        passwords.set_password(user=self.bob, password="a bridge over 8 rivers", reason="reset by e-mail")
        for user in (self.bob, self.alice):
            unconfirm(user)
        migration = import_module("shs.users.migrations.0006_confirmed_by_reset")
        migration.confirm(MigrationLoader(connection).project_state().apps, connection.schema_editor())
        found = dict(User.objects.values_list("name", "is_verified"))
        self.assertEqual((found["Bob"], found["Alice"]), (True, False))
