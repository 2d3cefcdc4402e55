"""Ends that say what happened: who cancelled, who missed, and what nobody answered."""

from datetime import UTC, datetime, time, timedelta
from importlib import import_module
from io import StringIO

from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from shs.appointment import services
from shs.appointment.models import Appointment, Status
from shs.core.errors import StepRefused
from shs.doctors.models import DoctorAvailability
from shs.notices.letters import letter_of
from shs.notices.models import Notice, State
from shs.notices.texts import text_of
from shs.testing import Api, EveryModel, TestUsers, later, soon


class ByWhom(TestUsers, TestCase):
    """The office and the API store who cancelled, and why."""

    def ended(self) -> tuple[str, str, str]:
        self.visit.refresh_from_db()
        return (self.visit.status, self.visit.cancelled_by, self.visit.cancel_code)

    def api(self, user, **more: str):
        path = f"/appointments/{self.visit.pk}/status"
        return Api(user).patch(path, {"status": "cancelled", **more})

    def office(self, user, **data: str) -> str:
        self.client.force_login(user, backend="shs.users.backends.EmailBackend")
        path = reverse("admin:appointment_appointment_step", args=(self.visit.pk, "cancel"))
        return self.client.post(path, data, follow=True).content.decode()

    def test_in_the_api_it_follows_from_the_caller(self):
        answer = self.api(self.alice, cancel_code="cannot_come").json()
        self.assertEqual((answer["cancelled_by"], answer["cancel_code"]), ("patient", "cannot_come"))
        self.assertEqual(self.ended(), ("cancelled", "patient", "cannot_come"))
        line = self.visit.history.latest("history_id")
        self.assertEqual((line.cancelled_by, line.cancel_code), ("patient", "cannot_come"))

    def test_of_doctors_and_admins_in_the_api(self):
        for user, side in ((self.carol, "doctor"), (self.frank, "clinic")):
            with self.subTest(who=user.name):
                rows = Appointment.objects.without_history("again").filter(pk=self.visit.pk)
                rows.update(status="confirmed", cancelled_by="", cancel_code="")
                self.assertEqual(self.api(user, cancel_code="doctor_away").status_code, 200)
                self.assertEqual(self.ended(), ("cancelled", side, "doctor_away"))

    def test_codes_that_nobody_gives_are_refused(self):
        for code in ("not_answered", "died", "x"):
            self.assertEqual(self.api(self.alice, cancel_code=code).status_code, 422)
        self.assertEqual(self.ended()[0], "pending")

    def test_the_desk_says_who_and_a_doctor_is_not_asked(self):
        page = self.office(self.erin, code="cannot_come")
        self.assertTrue("This field is required" in page, "the desk need not say who")
        self.office(self.erin, code="cannot_come", by_whom="patient")
        self.assertEqual(self.ended(), ("cancelled", "patient", "cannot_come"))
        other = self.book(patient=self.bob, at=time(11))
        self.visit = other
        self.assertTrue("Enter a reason." in self.office(self.carol, code="other", reason=""), "no reason at all")
        self.office(self.carol, code="doctor_away")
        self.assertEqual(self.ended(), ("cancelled", "doctor", "doctor_away"))
        told = Notice.objects.filter(kind="cancelled", user=self.bob).get()
        self.assertTrue("The doctor is away at that time. We are sorry." in letter_of(told).text)

    def test_a_death_cancels_on_the_patients_side(self):
        from shs.appointment.services.status import cancel_visits

        cancel_visits(self.alice, timezone.now())
        self.assertEqual(self.ended(), ("cancelled", "patient", "died"))


class Closing(EveryModel, TestCase):
    """What the jobs make of visits whose time has passed."""

    def setUp(self):
        then = timezone.now() - timedelta(days=9)
        self.asked = self.book(patient=self.bob, day=soon(-2), at=time(11), now=then)
        self.expected = self.book(patient=self.bob, day=soon(-2), at=time(12), now=then)
        self.expected.confirm(now=then)

    def run_job(self, name: str, **options) -> str:
        out = StringIO()
        call_command("run_due", only=name, stdout=out, **options)
        return out.getvalue()

    def seen(self, at: time = time(14)) -> Appointment:
        """Another visit of two days ago, which took place."""
        return self.take_place(patient=self.alice, days=2, at=at)

    def state(self, visit: Appointment) -> str:
        visit.refresh_from_db()
        return visit.status

    def test_nobody_is_missed_by_a_doctor_who_was_not_there(self):
        self.assertIn("mark_missed: 0", self.run_job("mark_missed"))
        self.assertEqual((self.state(self.expected), self.state(self.asked)), ("confirmed", "pending"))
        self.client.force_login(self.erin, backend="shs.users.backends.EmailBackend")
        page = self.client.get(reverse("admin:appointment_appointment_changelist") + "?tab=no_outcome")
        self.assertEqual(list(page.context["cl"].result_list), [self.expected])

    def test_who_stays_away_from_a_doctor_who_was_there_is_missed_once(self):
        self.seen()
        before = dict(Appointment.objects.values_list("pk", "status"))
        self.assertIn("mark_missed: 1", self.run_job("mark_missed", dry_run=True))
        self.assertEqual(dict(Appointment.objects.values_list("pk", "status")), before)
        self.assertIn("mark_missed: 1", self.run_job("mark_missed"))
        self.assertIn("mark_missed: 0", self.run_job("mark_missed"))
        after = dict(Appointment.objects.values_list("pk", "status"))
        self.assertEqual(after, {**before, self.expected.pk: "missed"})
        line = self.expected.history.first()
        self.assertEqual((line.history_change_reason, line.history_user), ("nobody came", None))
        then = datetime.combine(soon(-9), time(1), tzinfo=UTC)
        again = self.book(patient=self.alice, day=soon(-2), at=time(12), now=then)
        self.assertEqual(again.status, Status.PENDING, "the slot is not free")

    def test_presence_counts_in_its_own_hours_only(self):
        day = soon(-2).weekday()
        DoctorAvailability.objects.get(doctor=self.dr_carol, weekday=day).delete()
        for start, end in ((9, 13), (13, 17)):
            hours = {"start": time(start), "end": time(end), "slot_minutes": 20, "clinic": self.clinic}
            DoctorAvailability.objects.create(doctor=self.dr_carol, weekday=day, **hours)
        self.seen(time(14))
        self.assertEqual(services.mark_missed(now=timezone.now()), 0)
        self.seen(time(9))
        self.assertEqual(services.mark_missed(now=timezone.now()), 1)

    def test_a_patient_who_was_sent_away_is_no_proof_of_the_doctor(self):
        waited = self.seen()
        rows = Appointment.objects.without_history("sent away").filter(pk=waited.pk)
        rows.update(status="cancelled", checked_in_at=waited.starts_at)
        self.assertEqual(services.mark_missed(now=timezone.now()), 0)
        rows.update(status="confirmed")
        self.assertEqual(services.mark_missed(now=timezone.now()), 1)

    def test_an_hour_after_the_end_and_for_a_week(self):
        self.seen()
        end = self.expected.ends_at
        self.assertEqual(services.mark_missed(now=end + timedelta(minutes=59)), 0)
        self.assertEqual(services.mark_missed(now=end + timedelta(minutes=61), dry_run=True), 1)
        self.assertEqual(services.mark_missed(now=end + timedelta(days=8)), 0)

    def test_the_desk_says_that_nobody_came(self):
        self.client.force_login(self.erin, backend="shs.users.backends.EmailBackend")
        for visit, expected in ((self.visit, "pending"), (self.expected, "missed"), (self.asked, "pending")):
            self.client.post(reverse("admin:appointment_appointment_step", args=(visit.pk, "miss")))
            self.assertEqual(self.state(visit), expected)
        with self.assertRaises(StepRefused):
            self.asked.miss()

    def test_a_request_that_nobody_answered_is_cancelled_with_an_apology(self):
        self.assertIn("end_unanswered: 1", self.run_job("end_unanswered"))
        self.assertIn("end_unanswered: 0", self.run_job("end_unanswered"))
        self.asked.refresh_from_db()
        ended = (self.asked.status, self.asked.cancelled_by, self.asked.cancel_code)
        self.assertEqual(ended, ("cancelled", "nobody", "not_answered"))
        about = Notice.objects.filter(about=f"appointment:{self.asked.pk}")
        told = about.get(kind="not_answered", user=self.bob)
        self.assertIn("We are sorry", letter_of(told).subject)
        self.assertTrue("did not answer your request" in text_of(told), "the SMS does not apologise")
        self.assertFalse(about.filter(kind__startswith="reminder", state=State.QUEUED).exists())

    def test_it_counts_against_the_clinic_and_not_the_patient(self):
        services.end_unanswered(now=timezone.now())
        from shs.appointment.services.visit_limits import has_let_down, own_visits

        with self.settings(MISSED_VISITS_LIMIT=1):
            self.assertFalse(has_let_down(self.bob, own_visits(self.bob, timezone.now())))
            self.seen()
            services.mark_missed(now=timezone.now())
            self.assertTrue(has_let_down(self.bob, own_visits(self.bob, timezone.now())))

    def test_a_visit_without_an_outcome_is_not_open_for_its_patient(self):
        with self.settings(MAX_OPEN_VISITS=1):
            body = {"doctor": self.dr_carol.pk, "date": f"{soon(3)}", "time": "11:00"}
            self.assertEqual(Api(self.bob).post("/appointments/", body).status_code, 201)


class Reminders(TestUsers, TestCase):
    def reminders(self, *states: str) -> list[Notice]:
        rows = Notice.objects.filter(about=f"appointment:{self.visit.pk}", kind__startswith="reminder")
        return list(rows.filter(state__in=states or [State.QUEUED]).order_by("pk"))

    def test_of_a_request_say_that_it_is_not_confirmed(self):
        for told in self.reminders():
            self.assertTrue(letter_of(told).subject.startswith("Not confirmed yet"), told.kind)
            self.assertTrue("not confirmed yet" in text_of(told), told.kind)

    def test_of_a_confirmed_visit_replace_them(self):
        services.confirm(visit=self.visit, now=timezone.now())
        self.assertEqual(len(self.reminders(State.TAKEN_BACK)), 2)
        day, hour = self.reminders()
        self.assertEqual(letter_of(day).subject[:22], "Your visit is tomorrow")
        self.assertTrue("not confirmed" not in text_of(hour), "a confirmed visit is called unconfirmed")

    def test_the_clinics_own_reminder_says_it_too(self):
        services.remind([self.visit], self.erin, now=timezone.now())
        (told,) = [row for row in self.reminders() if row.kind == "reminder"]
        self.assertTrue(letter_of(told).subject.startswith("Not confirmed yet"))


class OldVisits(TestUsers, TestCase):
    """The upgrade finds in the history who cancelled, and what counted as missed though nobody had answered."""

    def test_the_migration_derives_both_from_the_history(self):
        now, ended = timezone.now(), {}
        for number, (user, side) in enumerate(
            ((self.alice, "patient"), (self.carol, "doctor"), (self.erin, "clinic"), (None, ""))
        ):
            visit = self.book(at=time(11 + number))
            visit._history_user = user
            visit.cancel(reason="an old reason")
            ended[visit.pk] = ("cancelled", side, "other" if side else "")
        with later(days=4):
            asked, expected = self.visit, self.book(day=soon(2), patient=self.bob)
            expected.confirm(now=now)
            rows = Appointment.objects.without_history("as an old release did")
            for visit in (asked, expected):
                rows.filter(pk=visit.pk).update(status="missed")
                visit.history.create(**{**self.line(visit), "status": "missed"})
        rows.filter(pk__in=ended).update(cancelled_by="", cancel_code="")
        loader = MigrationLoader(connection, replace_migrations=False)
        then = loader.project_state(("appointment", "0009_ends_of_old_visits")).apps
        import_module("shs.appointment.migrations.0009_ends_of_old_visits").fill(then, None)
        ended |= {asked.pk: ("cancelled", "nobody", "not_answered"), expected.pk: ("missed", "", "")}
        found = {row[0]: row[1:] for row in rows.values_list("pk", "status", "cancelled_by", "cancel_code")}
        self.assertEqual(found, ended)
        self.assertEqual(asked.history.latest("history_id").cancelled_by, "nobody")

    def line(self, visit: Appointment) -> dict[str, object]:
        last = visit.history.latest("history_id")
        skipped = ("history_id", "history_user_id")
        return {f.attname: getattr(last, f.attname) for f in last._meta.concrete_fields if f.attname not in skipped}
