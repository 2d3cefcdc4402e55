"""Issuing, sealing, amending and cancelling."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.test import TestCase
from django.utils import timezone

from shs.appointment.models import Appointment
from shs.core.errors import Forbidden, Invalid, StepRefused
from shs.prescription import services
from shs.prescription.answers import answer_of
from shs.prescription.errors import AlreadyPrescribed, NotAVisit, Sealed, Unacknowledged
from shs.prescription.models import Prescription, PrescriptionLine, Status
from shs.prescription.tests.scenes import BODY, Surgery


class Issuing(Surgery, TestCase):
    def test_patient_and_doctor_are_those_of_the_visit(self):
        issued = self.prescribe()
        self.assertEqual((issued.patient, issued.doctor, issued.status), (self.alice, self.dr_carol, "issued"))
        self.assertEqual(issued.parties["doctor"]["license_number"], self.dr_carol.license_number)

    def test_a_visit_that_has_begun_becomes_completed(self):
        self.prescribe()
        self.begun.refresh_from_db()
        self.assertEqual(self.begun.status, "completed")

    def test_a_visit_that_is_still_to_begin_stays_confirmed(self):
        visit = self.confirmed_visit(minutes_ago=-30, days=5)
        self.prescribe(visit)
        visit.refresh_from_db()
        self.assertEqual(visit.status, "confirmed")

    def test_a_visit_has_one_prescription_and_a_new_one_only_after_that_is_cancelled(self):
        first = self.prescribe()
        with self.assertRaises(AlreadyPrescribed):
            self.prescribe()
        services.cancel(prescription=first, by=self.carol, reason="wrong patient", now=timezone.now())
        self.assertEqual(self.prescribe().version, 1)

    def test_nothing_is_prescribed_for_a_visit_that_was_not_confirmed_or_did_not_take_place(self):
        for status in ("pending", "cancelled", "missed"):
            Appointment.objects.without_history("a scene").filter(pk=self.begun.pk).update(status=status)
            with self.subTest(status=status), self.assertRaises(NotAVisit):
                self.prescribe()

    def test_only_the_verified_doctor_of_the_visit_prescribes(self):
        for person in (self.dave, self.alice, self.frank, self.erin):
            with self.subTest(person=person.name), self.assertRaises(Forbidden):
                services.begin(draft=Prescription(diagnosis="x"), visit=self.begun, by=person, now=timezone.now())

    def test_a_doctor_who_lost_the_verification_neither_issues_nor_amends_nor_cancels(self):
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

    def test_a_prescription_of_nothing_is_refused(self):
        with self.assertRaises(Invalid):
            self.prescribe(medications=[], tests=[], advice="")
        self.assertFalse(Prescription.objects.exists())

    def test_vital_signs_that_nobody_has_and_a_follow_up_in_the_past_are_refused(self):
        with self.assertRaises(Invalid):
            self.prescribe(vital_signs={"temperature_c": 400})
        with self.assertRaises(Invalid):
            self.prescribe(follow_up_date=timezone.localdate() - timedelta(days=1))

    def test_a_draft_is_not_issued_while_a_warning_has_no_reason(self):
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


class TheSeal(Surgery, TestCase):
    def setUp(self):
        self.issued = self.prescribe()

    def test_it_is_the_sha256_of_what_was_issued(self):
        self.assertEqual(len(self.issued.digest), 64)
        self.assertTrue(self.issued.is_intact())

    def test_issued_content_cannot_be_saved_otherwise(self):
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

    def test_another_seal_cannot_be_put_on_other_content(self):
        self.issued.advice = "take ten"
        self.issued.digest = self.issued.seal()
        with self.assertRaises(Sealed):
            self.issued.save()

    def test_a_seal_cannot_be_taken_off(self):
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

    def test_a_change_beside_the_program_is_found(self):
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
    def test_the_new_version_names_the_old_which_stays_as_it_was(self):
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

    def test_what_was_amended_or_cancelled_is_not_amended(self):
        first = self.prescribe()
        second = self.amend(first)
        with self.assertRaises(NotAVisit):
            self.amend(first)
        services.cancel(prescription=second, by=self.carol, reason="wrong", now=timezone.now())
        with self.assertRaises(NotAVisit):
            self.amend(second)

    def test_a_draft_amendment_copies_what_stands_and_leaves_the_issued_one_valid(self):
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
    def test_it_needs_a_reason_and_is_done_once(self):
        issued = self.prescribe()
        with self.assertRaises(Invalid):
            services.cancel(prescription=issued, by=self.carol, reason=" ", now=timezone.now())
        services.cancel(prescription=issued, by=self.carol, reason="wrong patient", now=timezone.now())
        with self.assertRaises(StepRefused):
            services.cancel(prescription=issued, by=self.carol, reason="again", now=timezone.now())
        self.assertEqual(issued.history.first().history_change_reason, "wrong patient")

    def test_a_draft_that_is_given_up_makes_room_for_another(self):
        draft = services.begin(draft=Prescription(diagnosis="x"), visit=self.begun, by=self.carol, now=timezone.now())
        services.cancel(prescription=draft, by=self.carol, reason="not needed", now=timezone.now())
        self.assertEqual(self.prescribe().status, Status.ISSUED)
