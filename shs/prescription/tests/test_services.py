"""Issuing, sealing, amending and cancelling prescriptions."""

from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.test import TestCase
from django.utils import timezone

from shs.appointment.models import Appointment
from shs.core.errors import Forbidden, Invalid, StepRefused
from shs.core.records import merge as merging
from shs.prescription import services
from shs.prescription.answers import answer_of
from shs.prescription.errors import AlreadyPrescribed, NotAVisit, NotNow, Sealed, Unacknowledged
from shs.prescription.models import Medication, Prescription, PrescriptionLine, Status
from shs.prescription.services.substances import Catalogue
from shs.prescription.tests.scenes import BODY, Surgery


class Issuing(Surgery, TestCase):
    def test_patient_and_doctor_are_taken_from_the_visit(self):
        issued = self.prescribe()
        self.assertEqual((issued.patient, issued.doctor, issued.status), (self.alice, self.dr_carol, "issued"))
        self.assertEqual(issued.parties["doctor"]["license_number"], self.dr_carol.license_number)

    def test_a_visit_that_has_begun_becomes_completed(self):
        self.prescribe()
        self.begun.refresh_from_db()
        self.assertEqual(self.begun.status, "completed")

    def test_a_visit_that_has_not_begun_has_no_prescription_until_the_patient_is_checked_in(self):
        visit = self.confirmed_visit(minutes_ago=-30, days=5)
        self.assertNotIn(visit, services.prescribable(doctor=self.carol, now=timezone.now()))
        with self.assertRaises(NotNow):
            self.prescribe(visit)
        rows = Appointment.objects.without_history("the patient is early").filter(pk=visit.pk)
        rows.update(checked_in_at=timezone.now())
        visit.refresh_from_db()
        self.assertIn(visit, services.prescribable(doctor=self.carol, now=timezone.now()))
        self.prescribe(visit)
        visit.refresh_from_db()
        self.assertEqual(visit.status, "confirmed")

    def test_the_time_for_a_first_version_ends_some_days_after_the_visit(self):
        days = settings.PRESCRIBE_WITHIN_DAYS
        last = self.begun.ends_at + timedelta(days=days)
        self.assertIn(self.begun, services.prescribable(doctor=self.carol, now=last))
        later = last + timedelta(minutes=1)
        self.assertNotIn(self.begun, services.prescribable(doctor=self.carol, now=later))
        draft = services.begin(
            draft=Prescription(diagnosis="x", advice="rest"), visit=self.begun, by=self.carol, now=last
        )
        with self.assertRaisesMessage(NotNow, f"more than {days} days ago"):
            services.issue(draft=draft, by=self.carol, reasons={}, now=later)
        services.issue(draft=draft, by=self.carol, reasons={}, now=last)
        services.begin_amendment(issued=draft, by=self.carol, now=later)  # what is wrong can still be corrected

    def test_a_visit_has_one_prescription_unless_it_is_cancelled(self):
        first = self.prescribe()
        with self.assertRaises(AlreadyPrescribed):
            self.prescribe()
        services.cancel(prescription=first, by=self.carol, reason="wrong patient", now=timezone.now())
        self.assertEqual(self.prescribe().version, 1)

    def test_a_visit_must_be_confirmed_or_completed(self):
        for status in ("pending", "cancelled", "missed"):
            Appointment.objects.without_history("a scene").filter(pk=self.begun.pk).update(
                status=status, checked_in_at=None
            )
            with self.subTest(status=status), self.assertRaises(NotAVisit):
                self.prescribe()

    def test_only_the_verified_doctor_of_the_visit_can_prescribe(self):
        for person in (self.dave, self.alice, self.frank, self.erin):
            with self.subTest(person=person.name), self.assertRaises(Forbidden):
                services.begin(draft=Prescription(diagnosis="x"), visit=self.begun, by=person, now=timezone.now())

    def test_an_unverified_doctor_can_neither_issue_nor_amend_nor_cancel(self):
        issued, next_visit = self.prescribe(), self.confirmed_visit(minutes_ago=120, days=6)
        self.dr_carol.suspend(reason="licence withdrawn", now=timezone.now())
        now = timezone.now()
        for act in (
            lambda: services.begin_amendment(issued=issued, by=self.carol, now=now),
            lambda: services.cancel(prescription=issued, by=self.carol, reason="x", now=now),
            lambda: self.prescribe(next_visit),
        ):
            with self.assertRaises(Forbidden):
                act()

    def test_an_empty_prescription_is_refused(self):
        with self.assertRaises(Invalid):
            self.prescribe(medications=[], tests=[], advice="")
        self.assertFalse(Prescription.objects.exists())

    def test_impossible_vital_signs_and_a_follow_up_in_the_past_are_refused(self):
        with self.assertRaises(Invalid):
            self.prescribe(vital_signs={"temperature_c": 400})
        with self.assertRaises(Invalid):
            self.prescribe(follow_up_date=timezone.localdate() - timedelta(days=1))

    def test_a_draft_cannot_be_issued_while_a_warning_has_no_reason(self):
        self.note("allergy", "Penicillin")
        draft = Prescription(diagnosis="tonsillitis")
        services.begin(draft=draft, visit=self.begun, by=self.carol, now=timezone.now())
        PrescriptionLine.objects.create(prescription=draft, **BODY["medications"][0])
        with self.assertRaises(Unacknowledged):
            services.issue(draft=draft, by=self.carol, reasons={}, now=timezone.now())
        (found,) = services.check(draft, now=timezone.now()).warnings
        services.issue(draft=draft, by=self.carol, reasons={found.key: "tolerated in 2024"}, now=timezone.now())
        kept = draft.warnings.get()
        self.assertEqual((kept.kind, kept.reason, kept.acknowledged_by), ("allergy", "tolerated in 2024", self.carol))


class Seal(Surgery, TestCase):
    def setUp(self):
        self.issued = self.prescribe()

    def test_it_is_the_sha256_of_the_issued_content(self):
        self.assertEqual(len(self.issued.digest), 64)
        self.assertTrue(self.issued.is_intact())

    def test_issued_content_cannot_be_changed(self):
        for name, value in (
            ("advice", "take ten"),
            ("diagnosis", "x"),
            ("vital_signs", {}),
            ("parties", {}),
            ("code", "A"),
        ):
            found = Prescription.objects.get(pk=self.issued.pk)
            setattr(found, name, value)
            with self.subTest(field=name), self.assertRaises(Sealed):
                found.save()

    def test_content_and_seal_cannot_be_changed_together(self):
        self.issued.advice = "take ten"
        self.issued.digest = self.issued.seal()
        with self.assertRaises(Sealed):
            self.issued.save()

    def test_a_seal_cannot_be_removed(self):
        self.issued.digest = ""
        with self.assertRaises(Sealed):
            self.issued.save()

    def test_medicines_and_tests_cannot_be_added_changed_or_removed(self):
        line, test = self.issued.lines.first(), self.issued.tests.first()
        line.dosage = "10 capsules"
        for act in (
            line.save,
            line.delete,
            test.delete,
            lambda: PrescriptionLine.objects.create(prescription=self.issued, **BODY["medications"][0]),
        ):
            with self.assertRaises(Sealed):
                act()

    def test_merged_medicines_are_relinked_in_the_catalogue_and_the_seal_stays(self):
        line = self.issued.lines.first()
        typo, right = (Medication.objects.create(generic_name=name, form="capsule") for name in ("Amoxcilin", "Amoxin"))
        line.medication = typo
        PrescriptionLine.objects.update_with_history([line], ["medication"])
        done = merging.merge(typo, right, by=self.frank, reason="mistyped", now=timezone.now())
        self.assertEqual(done.keys, {PrescriptionLine: [line.pk]})
        issued = Prescription.objects.get(pk=self.issued.pk)
        self.assertEqual(issued.lines.first().medication, right)
        self.assertTrue(issued.is_intact())
        self.assertEqual(Catalogue().row_of("Amoxcilin capsule"), right.pk)
        merging.undo(typo, by=self.frank, reason="undone", now=timezone.now())
        self.assertEqual(issued.lines.first().medication, typo)

    def test_a_change_made_directly_in_the_database_is_found(self):
        PrescriptionLine.objects.without_history("a forger").filter(prescription=self.issued).update(dosage="10")
        self.assertFalse(Prescription.objects.get(pk=self.issued.pk).is_intact())

    def test_the_database_refuses_an_issued_row_without_a_seal_and_a_second_issued_one(self):
        rows = Prescription.objects.without_history("a forger")
        with self.assertRaises(IntegrityError), transaction.atomic():
            rows.filter(pk=self.issued.pk).update(digest="")
        other = self.prescribe(self.confirmed_visit(minutes_ago=120, days=6))
        with self.assertRaises(IntegrityError), transaction.atomic():
            rows.filter(pk=other.pk).update(appointment=self.issued.appointment_id)


class Amending(Surgery, TestCase):
    def test_the_new_version_refers_to_the_old_which_is_unchanged(self):
        first = self.prescribe()
        second = self.amend(first, advice="rest")
        first = Prescription.objects.in_full().get(pk=first.pk)
        self.assertEqual(
            (first.status, first.status_reason, first.advice), ("amended", "the dose was too high", BODY["advice"])
        )
        self.assertEqual((second.version, second.amends, second.original, second.advice), (2, first, first, "rest"))
        self.assertTrue(first.is_intact())
        self.assertNotEqual(first.code, second.code)

    def test_a_third_version_has_the_same_public_id(self):
        first = self.prescribe()
        third = self.amend(self.amend(first))
        self.assertEqual((third.public_id, third.version), (first.pk, 3))
        self.assertEqual([row["version"] for row in answer_of(third.pk)["versions"]], [3, 2, 1])

    def test_amended_and_cancelled_versions_cannot_be_amended(self):
        first = self.prescribe()
        second = self.amend(first)
        with self.assertRaises(NotAVisit):
            self.amend(first)
        services.cancel(prescription=second, by=self.carol, reason="wrong", now=timezone.now())
        with self.assertRaises(NotAVisit):
            self.amend(second)

    def test_a_draft_amendment_copies_the_content_and_the_issued_one_stays_valid(self):
        first = self.prescribe()
        draft = services.begin_amendment(issued=first, by=self.carol, now=timezone.now())
        self.assertEqual([line.content() for line in draft.lines.all()], [line.content() for line in first.lines.all()])
        first.refresh_from_db()
        self.assertEqual(first.status, Status.ISSUED)
        with self.assertRaises(AlreadyPrescribed):
            services.begin_amendment(issued=first, by=self.carol, now=timezone.now())
        with self.assertRaises(AlreadyPrescribed):
            services.cancel(prescription=first, by=self.carol, reason="x", now=timezone.now())

    def test_an_amendment_needs_a_reason(self):
        with self.assertRaises(Invalid):
            self.amend(self.prescribe(), reason="  ")
        self.assertEqual(Prescription.objects.count(), 1)


class Cancelling(Surgery, TestCase):
    def test_it_needs_a_reason_and_can_be_done_once(self):
        issued = self.prescribe()
        with self.assertRaises(Invalid):
            services.cancel(prescription=issued, by=self.carol, reason=" ", now=timezone.now())
        services.cancel(prescription=issued, by=self.carol, reason="wrong patient", now=timezone.now())
        with self.assertRaises(StepRefused):
            services.cancel(prescription=issued, by=self.carol, reason="again", now=timezone.now())
        self.assertEqual(issued.history.first().history_change_reason, "wrong patient")

    def test_after_discarding_a_draft_another_can_be_written(self):
        draft = services.begin(draft=Prescription(diagnosis="x"), visit=self.begun, by=self.carol, now=timezone.now())
        services.cancel(prescription=draft, by=self.carol, reason="not needed", now=timezone.now())
        self.assertEqual(self.prescribe().status, Status.ISSUED)
