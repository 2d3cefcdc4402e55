"""A second run of the seed on a database that has been in use: days to a year later, and after changes by people."""

from collections import Counter
from datetime import timedelta
from io import StringIO
from typing import Any

import time_machine
from django.core import mail
from django.core.management import call_command
from django.test import TestCase, tag
from django.utils import timezone

from shs.appointment.demo.diary import midnight
from shs.appointment.demo.visits import reach
from shs.appointment.models import Appointment, Status
from shs.core.seeding.marks import address
from shs.core.seeding.rows import Size
from shs.credentialing.models import CaseNote, RegisterEntry, VerificationCheck
from shs.credentialing.services import suspend
from shs.demo.tests.network import NOON, SMALL, Network, fill, rows_of_everything
from shs.doctors.models import DoctorInformation, Verification
from shs.notices.kinds import REMINDERS
from shs.notices.models import Notice, State
from shs.notices.services import deliver
from shs.users.models import User
from shs.users.seeding import account

# The fields of a doctor that change with a new review.
COUNTED = {"rating", "rating_count", "updated_at"}


def without_jobs(rows: dict[str, Any]) -> dict[str, Any]:
    """All rows except those of the job runs and leases."""
    return {label: found for label, found in rows.items() if not label.startswith("core.Job")}


@tag("any_database")
class LaterTests(Network, TestCase):
    """The clock has moved on, and all jobs have run."""

    def run_again(self) -> str:
        out = StringIO()
        with self.captureOnCommitCallbacks(execute=True):
            call_command("seed_bd_data", doctors=SMALL.doctors, patients=SMALL.patients, days=SMALL.days, stdout=out)
        return out.getvalue()

    def after(self, days: int):
        return time_machine.travel(NOON + timedelta(days=days), tick=False)

    def assert_new_days_are_filled(self, days: int) -> None:
        with self.after(days):
            with self.captureOnCommitCallbacks(execute=True):
                call_command("run_due", "--release", stdout=StringIO())
            deliver(now=timezone.now())  # all pending notices, including those of the jobs themselves
            mail.outbox.clear()
            before = rows_of_everything()
            said = self.run_again()
        self.assertIn("visits", said.splitlines()[-2])
        self.assert_kept(before)
        _first, known = reach(SMALL.days, NOON)
        new = Appointment.objects.filter(starts_at__gte=midnight(known + timedelta(days=1)))
        self.assertGreater(new.count(), 5)
        self.assertEqual(mail.outbox, [])

    def assert_kept(self, before) -> None:
        """Assert that existing rows have not changed, except the ratings that new reviews change."""
        after = rows_of_everything()
        for label, rows in without_jobs(before).items():
            for pk, row in rows.items():
                other = after[label].get(pk, {})
                changed = {name for name, value in row.items() if other.get(name) != value}
                self.assertLessEqual(changed, COUNTED if label == "doctors.DoctorInformation" else set(), (label, pk))

    def test_a_run_a_week_later_fills_the_new_days_and_changes_no_row(self):
        self.assert_new_days_are_filled(7)

    def test_a_run_forty_days_later(self):
        self.assert_new_days_are_filled(40)

    def test_a_run_more_than_a_year_later(self):
        self.assert_new_days_are_filled(400)

    def test_each_later_run_fills_its_days_once(self):
        for days in (7, 40, 400):
            with self.subTest(days=days), self.after(days):
                self.run_again()
                before = rows_of_everything()
                self.assertIn("Nothing is missing: nothing was added.", self.run_again())
                self.assertEqual(without_jobs(rows_of_everything()), without_jobs(before))

    def test_later_visits_are_valid_and_do_not_overlap(self):
        with self.after(40):
            self.run_again()
        for owner in ("doctor_id", "patient_id"):
            taken = Counter(Appointment.objects.values_list(owner, "starts_at"))
            self.assertEqual(max(taken.values()), 1)
        for visit in Appointment.objects.filter(created_at__gt=NOON):
            self.assertTrue(visit.history.filter(history_type="+", status=Status.PENDING).exists())

    def test_visits_of_new_days_have_reminders_once(self):
        with self.after(7):
            self.run_again()
            self.run_again()
        later = NOON + timedelta(days=7)
        near = Appointment.objects.live().filter(
            starts_at__range=(later + timedelta(days=1), later + timedelta(days=3))
        )
        self.assertTrue(near.exists())
        for visit in near:
            told = Notice.objects.filter(about=f"appointment:{visit.pk}", kind__in=REMINDERS, due_at__gt=later)
            self.assertEqual(sorted(told.values_list("kind", flat=True)), sorted(REMINDERS), visit.number)


@tag("any_database")
class ChangedTests(Network, TestCase):
    """Rows of the seed that people have changed stay as they are."""

    def run_again(self, days: int = 0) -> dict[str, int]:
        later = NOON + timedelta(days=days)
        with time_machine.travel(later, tick=False):
            made, _said = fill(now=later)
        return made

    def test_a_cancelled_visit_stays_cancelled_and_is_not_replaced(self):
        visit = Appointment.objects.filter(status=Status.CONFIRMED, starts_at__gt=NOON).first()
        with time_machine.travel(NOON, tick=False):
            visit.cancel()
        self.assertEqual(self.run_again()["visits"], 0)
        self.run_again(7)
        self.assertEqual(Appointment.objects.get(pk=visit.pk).status, Status.CANCELLED)

    def test_an_edited_name_is_kept(self):
        doctor = account("doctor1").doctor
        doctor.name = "Dr. Somebody Else"
        doctor.save()
        self.run_again(7)
        doctor.refresh_from_db()
        self.assertEqual(doctor.name, "Dr. Somebody Else")

    def test_an_account_with_a_changed_email_address_is_not_created_again(self):
        for who in ("admin", "verification1", "auditor", "desk1", "doctor1", "doctor2", "patient1", "patient3"):
            user = account(who)
            user.email = f"{who}@example.org"
            user.save()
        made = self.run_again(7)
        self.assertEqual((made["staff"], made["doctors"], made["patients"]), (0, 0, 0))
        self.assertFalse(User.objects.filter(email=address("doctor1")).exists())

    def test_a_suspended_doctor_stays_suspended_without_new_visits(self):
        doctor = account("doctor1").doctor
        suspend(doctor=doctor, reason="complaints", by=account("admin"), now=NOON)
        before = Appointment.objects.filter(doctor=doctor).count()
        self.run_again(7)
        doctor.refresh_from_db()
        self.assertEqual(doctor.verification_status, Verification.SUSPENDED)
        self.assertEqual(Appointment.objects.filter(doctor=doctor).count(), before)

    def test_the_seed_runs_with_suspended_staff_and_patients(self):
        for who in ("admin", "verification1", "verification2", "moderator", "auditor", "patient1", "patient2"):
            user = account(who)
            user.is_active = False
            user.save()
        self.run_again(7)
        self.assertFalse(Appointment.objects.filter(patient=account("patient2"), created_at__gt=NOON).exists())

    def test_decided_cases_get_no_new_checks_and_notes(self):
        """The register does not contain all doctors; the missing ones are not added by each run."""
        doctors = DoctorInformation.objects.exclude(verification_status=Verification.APPROVED)
        doctors.without_history("as if decided in the back office").update(
            verification_status=Verification.APPROVED, decided_at=NOON
        )
        RegisterEntry.objects.without_history("as if the register was emptied").all().delete()
        before = VerificationCheck.objects.count(), CaseNote.objects.count()
        made = self.run_again()
        self.assertEqual(made["register entries"], 0)
        self.assertEqual((VerificationCheck.objects.count(), CaseNote.objects.count()), before)

    def test_a_pending_mail_is_not_marked_as_sent(self):
        notice = Notice.objects.exclude(kind__in=REMINDERS).first() or Notice.objects.first()
        Notice.objects.without_history("as if the mail server was away").filter(pk=notice.pk).update(
            state=State.QUEUED, sent_at=None
        )
        self.run_again(1)
        notice.refresh_from_db()
        self.assertEqual(notice.state, State.QUEUED)


class UpgradedTests(Network, TestCase):
    """A database from before there was a register and licences had an expiry date."""

    @classmethod
    def setUpTestData(cls):
        fill(Size(doctors=37, patients=1, days=2))

    def test_a_renewed_licence_does_not_expire(self):
        doctor = account("doctor37").doctor
        self.assertEqual(doctor.verification_status, Verification.EXPIRED)
        for row in (RegisterEntry, VerificationCheck):
            row.objects.without_history("as before an upgrade").all().delete()
            row.history.all().delete()
        DoctorInformation.objects.without_history("as before an upgrade").filter(pk=doctor.pk).update(
            verification_status=Verification.APPROVED, license_expires_on=NOON.date() + timedelta(days=300)
        )
        made, _said = fill(Size(doctors=37, patients=1, days=2))
        self.assertEqual(made["register entries"], 36)
        doctor.refresh_from_db()
        self.assertEqual(doctor.verification_status, Verification.APPROVED)
        self.assertTrue(VerificationCheck.objects.filter(doctor=account("doctor1").doctor).exists())
