from collections import Counter
from datetime import timedelta
from itertools import pairwise

from django.test import TestCase, tag
from django.utils import timezone

from shs.appointment.demo.cases import CASES, GENERAL
from shs.appointment.models import Status as Visit
from shs.core.grants.models import ObjectGrant
from shs.core.reads.models import ReadLog
from shs.core.seeding.rows import Size
from shs.demo.tests.network import NOON, Network, fill
from shs.doctors.demo.practices import PRACTICES
from shs.doctors.models import Verification
from shs.letters import services as letters
from shs.letters.models import Letter
from shs.letters.paper import draw as print_letter
from shs.medical_record.demo.entries import ENTRIES
from shs.medical_record.models import BreakGlass, ConditionCode, Kind, MedicalRecord, VisitNote
from shs.medical_record.permissions import may_read_chart
from shs.medical_record.vital_signs import checked
from shs.prescription.demo.remedies import REMEDIES
from shs.prescription.models import (
    MedicalTest,
    Medication,
    OrderedTest,
    Prescription,
    PrescriptionLine,
    PrescriptionWarning,
    Status,
)
from shs.prescription.paper import draw
from shs.users.seeding import account


class WordTests(TestCase):
    """The word lists compared with the catalogues that `migrate` loads."""

    def test_every_medicine_is_in_the_catalogue(self):
        for name, remedy in REMEDIES.items():
            with self.subTest(name):
                found = Medication.objects.get_by_natural_key(*remedy[:3])
                PrescriptionLine(
                    name=str(found),
                    dosage=remedy.dosage,
                    frequency=remedy.frequency,
                    duration_days=remedy.days,
                    instructions=remedy.instructions,
                ).clean_fields(exclude=["prescription"])

    def test_every_medicine_is_used(self):
        self.assertEqual({name for cases in CASES.values() for case in cases for name in case.medicines}, {*REMEDIES})

    def test_every_test_and_every_code_exists(self):
        codes = set(ConditionCode.objects.values_list("code", flat=True))
        tests = set(MedicalTest.objects.values_list("name", flat=True))
        for case in (case for cases in CASES.values() for case in cases):
            with self.subTest(case.reason):
                self.assertLessEqual({case.code, *case.not_with} - {""}, codes)
                self.assertLessEqual(set(case.tests), tests)
                self.assertTrue(case.code or case.diagnosis)
        self.assertLessEqual({entry.code for entry in ENTRIES["conditions"]}, codes)

    def test_every_specialty_has_three_cases_with_different_reasons(self):
        for practice in PRACTICES:
            with self.subTest(practice.slug):
                self.assertGreaterEqual(len({case.reason for case in CASES[practice.slug]}), 3)

    def test_children_get_only_rehydration_salts_and_zinc(self):
        for case in (case for cases in CASES.values() for case in cases):
            if case.ages[0] < 18:
                self.assertLessEqual(set(case.medicines), {"ors", "zinc"}, case.reason)


@tag("any_database")
class NoteTests(Network, TestCase):
    """The signed notes of visits."""

    def test_some_completed_visits_have_a_sealed_note_and_some_of_these_a_second_version(self):
        rows = VisitNote.objects.select_related("visit__doctor", "amends")
        self.assertEqual({row.version for row in rows}, {1, 2})
        for row in rows:
            self.assertTrue(row.is_intact())
            self.assertEqual((row.visit.status, row.signed_by_id), (Visit.COMPLETED, row.visit.doctor.user_id))
            self.assertLessEqual(row.signed_at, NOON)
            self.assertEqual(row.history.count(), 1)
        latest = VisitNote.objects.latest()
        self.assertEqual(latest.count(), len({row.visit_id for row in rows}))
        self.assertEqual(self.made["visit notes"], len(rows))


@tag("any_database")
class RecordTests(Network, TestCase):
    """The entries of the charts."""

    def test_patients_write_only_in_their_own_chart(self):
        noted = MedicalRecord.objects.filter(source="patient")
        kinds = set(noted.values_list("kind", flat=True))
        self.assertLessEqual({Kind.ALLERGY, Kind.IMMUNIZATION, Kind.PROCEDURE, Kind.CONDITION}, kinds)
        for row in noted.select_related("patient"):
            self.assertEqual(row.recorded_by, row.patient)
            self.assertLess(row.patient.created_at, row.recorded_at)

    def test_doctors_write_only_at_their_own_completed_visits(self):
        written = MedicalRecord.objects.filter(source="doctor").select_related("recorded_by__doctor", "patient")
        self.assertGreater(written.count(), 20)
        for row in written:
            visits = row.patient.appointments.filter(doctor__user=row.recorded_by, status=Visit.COMPLETED)
            with self.subTest(row.pk):
                self.assertTrue(visits.filter(starts_at__lt=row.recorded_at, ends_at__gt=row.recorded_at).exists())
                self.assertEqual(row.recorded_by.doctor.verification_status, Verification.APPROVED)

    def test_entries_go_back_two_years_and_none_is_in_the_future(self):
        times = MedicalRecord.objects.order_by("recorded_at").values_list("recorded_at", flat=True)
        self.assertGreater(NOON - times[0], timedelta(days=550))
        self.assertLess(NOON - times[0], timedelta(days=731 + 30))
        self.assertLess(max(times), NOON)

    def test_every_entry_is_valid_and_its_history_ends_with_its_state(self):
        for row in MedicalRecord.objects.all():
            lines = list(row.history.order_by("history_date", "history_id"))
            with self.subTest(str(row)):
                row.full_clean()
                self.assertEqual(
                    (lines[0].history_type, lines[0].status, lines[0].history_date), ("+", "active", row.recorded_at)
                )
                self.assertEqual((lines[-1].status, lines[-1].severity), (row.status, row.severity))
                self.assertTrue(row.onset_date is None or row.onset_date <= timezone.localdate(row.recorded_at))

    def test_vital_signs_are_plausible(self):
        measured = MedicalRecord.objects.of_kind(Kind.VITAL_SIGNS)
        self.assertTrue(measured.exists())
        for row in measured:
            self.assertEqual(checked(row.vital_signs), row.vital_signs)
            self.assertTrue(80 <= row.vital_signs["systolic_mmhg"] <= 180, row.vital_signs)
            self.assertTrue(55 <= row.vital_signs["pulse_bpm"] <= 140, row.vital_signs)

    def test_no_entry_is_older_than_its_patient(self):
        for row in MedicalRecord.objects.exclude(onset_date=None).select_related("patient__profile"):
            self.assertGreater(row.onset_date, row.patient.profile.date_of_birth)


@tag("any_database")
class PrescriptionTests(Network, TestCase):
    """The prescriptions."""

    def rows(self):
        return Prescription.objects.in_full()

    def test_every_prescription_is_valid_and_its_seal_intact(self):
        self.assertGreater(self.rows().count(), 20)
        for row in self.rows():
            with self.subTest(str(row)):
                self.assertTrue(row.is_intact())
                row.full_clean()
                self.assertEqual(row.is_draft, not row.digest)
                self.assertTrue(row.advice or row.lines.all() or row.tests.all())

    def test_each_belongs_to_a_completed_visit_and_was_issued_after_its_start(self):
        for row in self.rows():
            visit = row.appointment
            with self.subTest(str(row)):
                self.assertEqual((row.patient_id, row.doctor_id), (visit.patient_id, visit.doctor_id))
                self.assertEqual(visit.status, Visit.COMPLETED)
                self.assertGreater(row.created_at, visit.starts_at)
                self.assertTrue(row.is_draft or visit.ends_at < row.issued_at < NOON)
                self.assertTrue(row.follow_up_date is None or row.follow_up_date > timezone.localdate(visit.starts_at))

    def test_its_history_ends_with_its_state(self):
        for row in self.rows():
            lines = list(row.history.order_by("history_date", "history_id"))
            with self.subTest(str(row)):
                self.assertEqual((lines[0].history_type, lines[0].status, lines[0].digest), ("+", "draft", ""))
                self.assertEqual((lines[-1].status, lines[-1].digest), (row.status, row.digest))
                self.assertEqual({line.history_user_id for line in lines}, {row.doctor.user_id})
                for before, after in pairwise(lines):
                    self.assertIn(after.status, Prescription.STEPS[before.status])

    def test_every_medicine_and_test_is_in_the_catalogue_and_has_a_history(self):
        for model, link in ((PrescriptionLine, "medication"), (OrderedTest, "test")):
            rows = model.objects.select_related(link)
            self.assertTrue(rows.exists())
            for row in rows:
                self.assertEqual(row.name, str(getattr(row, link)))
            self.assertEqual(model.history.filter(history_type="+").count(), rows.count())

    def test_patient_1_has_an_answered_allergy_warning(self):
        mine = PrescriptionWarning.objects.filter(prescription__patient=account("patient1"), kind="allergy")
        self.assertGreater(mine.count(), 0)
        for warning in mine:
            self.assertTrue(warning.reason)
            self.assertEqual(warning.acknowledged_by, warning.prescription.doctor.user)
            entry = MedicalRecord.objects.get(pk=warning.key.split(":")[1])
            self.assertEqual((entry.kind, entry.patient), (Kind.ALLERGY, account("patient1")))

    def test_nobody_gets_a_medicine_with_a_moderate_or_severe_allergy(self):
        for warning in PrescriptionWarning.objects.filter(kind="allergy"):
            entry = MedicalRecord.objects.get(pk=warning.key.split(":")[1])
            self.assertEqual((entry.severity, warning.medication), ("mild", "acetylsalicylic acid tablet 100 mg"))

    def test_unchecked_items_are_recorded(self):
        some = self.rows().released().filter(lines__isnull=False).distinct()
        without = [row for row in some if not row.patient.medical_records.filter(kind=Kind.ALLERGY).exists()]
        self.assertTrue(without)
        for row in without:
            self.assertIn("Not checked, because no allergies are recorded and nobody asked.", row.not_checked)


class LargerNetworkTests(Network, TestCase):
    """What only some of many prescriptions have."""

    @classmethod
    def setUpTestData(cls):
        fill(Size(doctors=11, patients=90, days=40))

    def test_some_are_drafts_amended_or_cancelled_with_a_reason(self):
        found = Counter(Prescription.objects.values_list("status", flat=True))
        self.assertEqual(set(found), set(Status.values))
        self.assertGreater(found[Status.ISSUED], sum(found.values()) * 0.8)
        self.assertFalse(Prescription.objects.filter(status__in=["amended", "cancelled"], status_reason="").exists())

    def test_a_new_version_refers_to_the_old_one_and_is_later(self):
        for new in Prescription.objects.filter(version=2).select_related("amends", "original"):
            old = new.amends
            self.assertEqual((old.status, old.appointment_id, new.original), (Status.AMENDED, new.appointment_id, old))
            self.assertGreater(new.issued_at, old.issued_at)
            self.assertTrue(new.is_intact())
            self.assertNotEqual(new.code, old.code)

    def test_drafts_are_from_the_last_days_only(self):
        for draft in Prescription.objects.filter(status=Status.DRAFT):
            self.assertLess(NOON - draft.created_at, timedelta(days=3))

    def test_some_advice_is_in_bangla_and_its_pdf_renders(self):
        row = Prescription.objects.released().filter(advice__contains="খাবেন").first()
        self.assertEqual(draw(row, "https://example.org/check")[:5], b"%PDF-")

    def test_entries_marked_as_error_have_a_reason(self):
        wrong = MedicalRecord.objects.filter(status="entered_in_error")
        self.assertTrue(wrong.exists())
        for row in wrong:
            self.assertTrue(row.history.latest("history_date").history_change_reason)

    def test_the_general_case_prescribes_nothing(self):
        children = MedicalRecord.objects.filter(source="doctor", patient__profile__date_of_birth__gt="2016-01-01")
        self.assertTrue(children.exists())
        self.assertEqual(GENERAL.medicines, ())


class AccessTests(Network, TestCase):
    """Who has access to the chart of patient 1 on the day of the seed."""

    @classmethod
    def setUpTestData(cls):
        cls.now = timezone.now()
        fill(now=cls.now)

    def test_an_emergency_access_waits_for_review(self):
        row = BreakGlass.objects.get()
        self.assertEqual((row.status, row.patient), (BreakGlass.Review.WAITING, account("patient1")))
        self.assertIn(row, BreakGlass.objects.allowed(account("auditor"), "review"))

    def test_a_doctor_without_visits_reads_by_consent(self):
        grant = ObjectGrant.objects.get(source=ObjectGrant.Source.CONSENT)
        self.assertEqual(grant.granted_by, account("patient1"))
        self.assertEqual(may_read_chart(grant.user, account("patient1"), self.now), ReadLog.Basis.CONSENT)

    def test_the_read_log_has_a_line_for_every_basis(self):
        lines = ReadLog.objects.filter(subject=account("patient1"))
        # Of visits without proof, of what admins share, and of guardians.
        elsewhere = {ReadLog.Basis.VISIT, ReadLog.Basis.SHARED, ReadLog.Basis.GUARDIAN}
        self.assertEqual(set(lines.values_list("basis", flat=True)) | elsewhere, set(ReadLog.Basis.values))

    def test_a_second_run_adds_no_lines_and_restores_no_revoked_consent(self):
        ObjectGrant.objects.filter(source=ObjectGrant.Source.CONSENT).get().delete()
        before = ReadLog.objects.count()
        made, _said = fill(now=self.now + timedelta(hours=2))
        self.assertEqual((made["accesses"], ReadLog.objects.count()), (0, before))
        self.assertFalse(ObjectGrant.objects.filter(source=ObjectGrant.Source.CONSENT).exists())

    def test_doctor_1_can_read_the_charts_of_patients_in_care(self):
        doctor = account("doctor1")
        self.assertTrue(MedicalRecord.objects.allowed(doctor, "view").exists())
        self.assertTrue(Prescription.objects.filter(doctor__user=doctor).exists())
        self.assertEqual(may_read_chart(doctor, account("patient1"), self.now), ReadLog.Basis.CARE)


class LetterTests(Network, TestCase):
    """Letters of visits."""

    def test_each_kind_is_there_intact_and_as_the_services_would_accept_it(self):
        rows = list(Letter.objects.in_full())
        self.assertEqual({row.kind for row in rows}, {*Letter.Kind.values})
        self.assertTrue(any(row.status == Letter.Status.CANCELLED for row in rows))
        for row in rows:
            with self.subTest(row.pk):
                self.assertTrue(row.is_intact())
                self.assertEqual(row.history.count(), 1 if row.status == Letter.Status.ISSUED else 2)
                self.assertEqual(row.patient_id, row.visit.patient_id)
                accepted = letters.checked(row.kind, row.written, row.visit, row.issued_at)
                self.assertEqual(accepted["parts"], row.written["parts"])
        self.assertEqual(print_letter(rows[0], "https://example.org/letter/x")[:5], b"%PDF-")
