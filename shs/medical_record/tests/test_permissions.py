"""Who may read a chart, and until when."""

from datetime import time, timedelta
from itertools import product

import time_machine
from django.core import mail
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.test import TestCase, override_settings
from django.utils import timezone

from shs.core.context import RequestContext, current
from shs.core.errors import Forbidden, Invalid, refusal_for
from shs.core.grants.models import ObjectGrant
from shs.doctors.models import Verification
from shs.medical_record import services
from shs.medical_record.errors import AlreadyReadable, ReviewPending
from shs.medical_record.models import BreakGlass, MedicalRecord
from shs.medical_record.permissions import (
    charts_readable,
    charts_writable,
    may_read_chart,
    may_write_chart,
    opened_visits,
)
from shs.medical_record.tests.chart import Chart
from shs.testing import pass_checks, sending
from shs.users.models import Role, User

ACTIONS = ("view", "add", "amend", "retract", "share", "export")
REASON = "unconscious in the emergency room"


class ChartAccess(Chart):
    def open_to(self, doctor, **until):
        return services.open_chart(
            patient=self.alice,
            doctor_id=doctor.doctor.pk,
            expires_at=timezone.now() + timedelta(**until) if until else None,
            now=timezone.now(),
        )

    def reads_chart(self, user, now=None):
        return may_read_chart(User.objects.get(pk=user.pk), self.alice, now or timezone.now())


class AccessRule(ChartAccess, TestCase):
    def test_the_basis_of_access_of_each_test_user(self):
        bases = {"alice": "own", "carol": "care", "frank": "duty", "irene": "duty"}
        for name, user in self.people.items():
            with self.subTest(name):
                self.assertEqual(may_read_chart(user, self.alice, timezone.now()), bases.get(name))

    def test_check_and_filter_agree_for_every_user_and_chart(self):
        self.open_to(self.wendy)
        for user, patient in product(self.people.values(), (self.alice, self.bob, self.carol)):
            with self.subTest(user=str(user), patient=patient.name):
                listed = User.objects.filter(charts_readable(user, "pk"), pk=patient.pk).exists()
                self.assertEqual(may_read_chart(user, patient, timezone.now()) is not None, listed)
                self.assertEqual(user.has_perm("users.read_chart_user", patient), listed)
                writes = User.objects.filter(charts_writable(user, "pk"), pk=patient.pk).exists()
                self.assertEqual(may_write_chart(user, patient, timezone.now()) is not None, writes)

    def test_the_visits_of_all_patients_read_once_open_nothing_of_another_one(self):
        now = timezone.now()
        token = current.set(RequestContext(HttpRequest()))
        self.addCleanup(current.reset, token)
        self.assertEqual({row.patient for row in opened_visits(self.carol, now)}, {self.alice.pk})
        with self.assertNumQueries(0):
            self.assertEqual(len(opened_visits(self.carol, now, [self.alice.pk])), len(opened_visits(self.carol, now)))
            self.assertEqual(opened_visits(self.carol, now, [self.bob.pk]), [])

    def test_check_and_filter_agree_for_every_user_and_action(self):
        for user, action in product(self.people.values(), ACTIONS):
            with self.subTest(user=str(user), action=action):
                listed = self.entry in MedicalRecord.objects.allowed(user, action)
                self.assertEqual(user.has_perm(f"medical_record.{action}_medicalrecord", self.entry), listed)

    def test_nobody_may_delete_or_change_an_entry(self):
        for user, action in product(self.people.values(), ("delete", "change", "import")):
            self.assertFalse(user.has_perm(f"medical_record.{action}_medicalrecord", self.entry))

    def test_an_unverified_doctor_can_read_only_their_own_chart(self):
        people = User.objects.filter(charts_readable(self.dave, "pk"))
        self.assertEqual([user.name for user in people], ["Dr. Dave"])
        self.assertFalse(User.objects.filter(charts_writable(self.dave, "pk")).exists())


class Care(ChartAccess, TestCase):
    def test_a_pending_visit_gives_no_access(self):
        self.book(patient=self.bob, at=time(15))
        self.assertIsNone(may_read_chart(self.carol, self.bob, timezone.now()))

    def test_a_cancelled_or_missed_visit_gives_no_access(self):
        for step in ("cancel", "miss"):
            with self.subTest(step), transaction.atomic():
                getattr(self.visit, step)()
                self.assertIsNone(self.reads_chart(self.carol))
                transaction.set_rollback(True)
            self.visit.refresh_from_db()

    def test_a_completed_visit_gives_access_for_exactly_thirty_days(self):
        self.visit.complete(now=self.visit.starts_at)
        end = self.after_care()
        self.assertEqual(self.reads_chart(self.carol, end - timedelta(seconds=1)), "care")
        self.assertIsNone(self.reads_chart(self.carol, end))

    @override_settings(RECORD_ACCESS_DAYS=0)
    def test_with_zero_days_access_ends_with_the_visit(self):
        self.visit.check_in(now=self.visit.starts_at)
        self.assertEqual(self.reads_chart(self.carol, self.visit.ends_at - timedelta(seconds=1)), "care")
        self.assertIsNone(self.reads_chart(self.carol, self.visit.ends_at))

    def test_suspension_of_the_verification_ends_access_at_once(self):
        self.dr_carol.suspend(reason="complaint", now=timezone.now())
        self.assertIsNone(self.reads_chart(self.carol))
        self.dr_carol.resubmit(reason="the complaint was withdrawn", now=timezone.now())
        pass_checks(self.dr_carol, self.frank)
        self.dr_carol.approve(now=timezone.now())
        self.assertEqual(self.reads_chart(self.carol), "care")

    def test_an_expired_verification_ends_access_at_once(self):
        self.dr_carol.resubmit(reason="licence expired", now=timezone.now())
        self.assertEqual(self.dr_carol.verification_status, Verification.PENDING)
        self.assertIsNone(self.reads_chart(self.carol))

    def test_a_suspended_account_has_no_access(self):
        self.carol.suspend(reason="stolen password")
        self.assertIsNone(self.reads_chart(self.carol))

    def test_a_former_doctor_has_no_access(self):
        self.carol.role = Role.PATIENT
        self.carol.save()
        self.assertIsNone(self.reads_chart(self.carol))


class Consent(ChartAccess, TestCase):
    def test_with_consent_a_doctor_can_read_and_write(self):
        self.open_to(self.wendy)
        self.assertEqual(self.reads_chart(self.wendy), "consent")
        self.assertEqual(may_write_chart(self.wendy, self.alice, timezone.now()), "consent")
        self.assertIsNone(may_read_chart(self.wendy, self.bob, timezone.now()))

    def test_a_consent_expires(self):
        self.open_to(self.wendy, hours=2)
        with time_machine.travel(timezone.now() + timedelta(hours=1, minutes=59)):
            self.assertEqual(self.reads_chart(self.wendy), "consent")
        with time_machine.travel(timezone.now() + timedelta(hours=2)):
            self.assertIsNone(self.reads_chart(self.wendy))

    def test_a_revoked_consent_ends_at_once_and_the_history_has_the_reason(self):
        grant = self.open_to(self.wendy)
        services.close_chart(grant=grant, reason="taken back by the patient")
        self.assertIsNone(self.reads_chart(self.wendy))
        line = ObjectGrant.history.filter(history_type="-").latest()
        self.assertEqual(line.history_change_reason, "taken back by the patient")

    def test_a_consent_gives_no_access_without_verification(self):
        self.open_to(self.wendy)
        self.dr_wendy.suspend(reason="complaint", now=timezone.now())
        self.assertIsNone(self.reads_chart(self.wendy))


class EmergencyAccess(ChartAccess, TestCase):
    def open(self, doctor=None, reason=REASON, now=None):
        return services.break_glass(
            doctor=doctor or self.wendy, patient=self.alice, reason=reason, now=now or timezone.now()
        )

    def test_it_gives_read_access_for_an_hour(self):
        self.open()
        self.assertEqual(self.reads_chart(self.wendy), "break_glass")
        self.assertIsNone(may_write_chart(self.wendy, self.alice, timezone.now()))
        with self.assertRaises(Forbidden):
            self.write(by=self.wendy)
        with time_machine.travel(timezone.now() + timedelta(minutes=60)):
            self.assertIsNone(self.reads_chart(self.wendy))

    def test_the_patient_is_notified_without_clinical_text(self):
        with sending():
            self.open()
        letter = mail.outbox[0]
        self.assertEqual(letter.to, [self.alice.email])
        self.assertIn("Dr. Wendy", letter.body)
        for secret in ("Penicillin", "unconscious", "allergy"):
            self.assertNotIn(secret, letter.body)

    def test_it_is_logged_with_its_reason(self):
        self.open()
        line = self.reads(reader=self.wendy, subject=self.alice).get()
        self.assertEqual((line.basis, line.note), ("break_glass", REASON))

    def test_a_short_reason_is_refused_by_form_and_database(self):
        with self.assertRaises(Invalid):
            self.open(reason="urgent" + " " * 30)
        now = timezone.now()
        row = BreakGlass(
            doctor=self.wendy, patient=self.alice, reason="x" * 19, opened_at=now, ends_at=BreakGlass.end_of(now)
        )
        with self.assertRaises(IntegrityError), transaction.atomic():
            row.save()

    def test_the_next_use_waits_for_the_review(self):
        first = self.open()
        later = timezone.now() + timedelta(days=1)
        with time_machine.travel(later):
            with self.assertRaises(ReviewPending):
                self.open(now=later)
            first.review(BreakGlass.Review.JUSTIFIED, finding="admitted at 3 am", by=self.irene, now=later)
            self.open(now=later)
            self.assertEqual(self.reads_chart(self.wendy), "break_glass")

    def test_the_database_refuses_a_second_use_before_the_review(self):
        self.open()
        now = timezone.now()
        second = BreakGlass(
            doctor=self.wendy, patient=self.bob, reason=REASON, opened_at=now, ends_at=BreakGlass.end_of(now)
        )
        with self.assertRaises(IntegrityError) as caught, transaction.atomic():
            second.save()
        self.assertEqual(refusal_for(caught.exception).code, "review_pending")

    def test_only_verified_doctors_without_access_can_use_it(self):
        for user in (self.dave, self.bob, self.erin, self.frank):
            with self.subTest(user.name), self.assertRaises(Forbidden):
                self.open(user)
        with self.assertRaises(AlreadyReadable):
            self.open(self.carol)

    def test_it_ends_with_the_verification(self):
        self.open()
        self.dr_wendy.suspend(reason="complaint", now=timezone.now())
        self.assertIsNone(self.reads_chart(self.wendy))

    def test_revoking_consent_keeps_emergency_access(self):
        self.open()
        grant = self.open_to(self.wendy)
        services.close_chart(grant=grant)
        self.assertEqual(self.reads_chart(self.wendy), "break_glass")
