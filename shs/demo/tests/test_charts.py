from collections import Counter
from datetime import timedelta
from itertools import pairwise

from django.test import TestCase
from django.utils import timezone

from shs.appointment.demo.cases import CASES, GENERAL
from shs.appointment.models import Status as Visit
from shs.core.grants.models import ObjectGrant
from shs.core.reads.models import ReadLog
from shs.core.seeding.rows import Size
from shs.demo.tests.network import NOON, Network, fill
from shs.doctors.demo.practices import PRACTICES
from shs.doctors.models import Verification
from shs.medical_record.demo.entries import ENTRIES
from shs.medical_record.models import BreakGlass, ConditionCode, Kind, MedicalRecord
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
    """The word lists against the catalogues that a bare `migrate` brings."""

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

    def test_every_medicine_is_given_for_something(self):
        self.assertEqual({name for cases in CASES.values() for case in cases for name in case.medicines}, {*REMEDIES})

    def test_every_test_and_every_code_is_known(self):
        codes = set(ConditionCode.objects.values_list("code", flat=True))
        tests = set(MedicalTest.objects.values_list("name", flat=True))
        for case in (case for cases in CASES.values() for case in cases):
            with self.subTest(case.reason):
                self.assertLessEqual({case.code, *case.not_with} - {""}, codes)
                self.assertLessEqual(set(case.tests), tests)
                self.assertTrue(case.code or case.diagnosis)
        self.assertLessEqual({entry.code for entry in ENTRIES["conditions"]}, codes)

    def test_every_practice_has_three_cases_with_reasons_of_their_own(self):
        for practice in PRACTICES:
            with self.subTest(practice.slug):
                self.assertGreaterEqual(len({case.reason for case in CASES[practice.slug]}), 3)

    def test_children_get_rehydration_and_zinc_and_no_other_medicine(self):
        for case in (case for cases in CASES.values() for case in cases):
            if case.ages[0] < 18:
                self.assertLessEqual(set(case.medicines), {"ors", "zinc"}, case.reason)


class RecordTests(Network, TestCase):
    """What stands in the charts."""

    def test_every_patient_who_noted_something_noted_it_in_their_own_chart(self):
        noted = MedicalRecord.objects.filter(source="patient")
        kinds = set(noted.values_list("kind", flat=True))
        self.assertLessEqual({Kind.ALLERGY, Kind.IMMUNIZATION, Kind.PROCEDURE, Kind.CONDITION}, kinds)
        for row in noted.select_related("patient"):
            self.assertEqual(row.recorded_by, row.patient)
            self.assertLess(row.patient.created_at, row.recorded_at)

    def test_doctors_write_at_completed_visits_of_their_own(self):
        written = MedicalRecord.objects.filter(source="doctor").select_related("recorded_by__doctor", "patient")
        self.assertGreater(written.count(), 20)
        for row in written:
            visits = row.patient.appointments.filter(doctor__user=row.recorded_by, status=Visit.COMPLETED)
            with self.subTest(row.pk):
                self.assertTrue(visits.filter(starts_at__lt=row.recorded_at, ends_at__gt=row.recorded_at).exists())
                self.assertEqual(row.recorded_by.doctor.verification_status, Verification.APPROVED)

    def test_the_records_reach_back_two_years_and_not_into_the_future(self):
        times = MedicalRecord.objects.order_by("recorded_at").values_list("recorded_at", flat=True)
        self.assertGreater(NOON - times[0], timedelta(days=550))
        self.assertLess(NOON - times[0], timedelta(days=731 + 30))
        self.assertLess(max(times), NOON)

    def test_every_entry_is_whole_and_its_history_leads_to_where_it_stands(self):
        for row in MedicalRecord.objects.all():
            lines = list(row.history.order_by("history_date", "history_id"))
            with self.subTest(str(row)):
                row.full_clean()
                self.assertEqual(
                    (lines[0].history_type, lines[0].status, lines[0].history_date), ("+", "active", row.recorded_at)
                )
                self.assertEqual((lines[-1].status, lines[-1].severity), (row.status, row.severity))
                self.assertTrue(row.onset_date is None or row.onset_date <= timezone.localdate(row.recorded_at))

    def test_vital_signs_are_what_living_people_have(self):
        measured = MedicalRecord.objects.of_kind(Kind.VITAL_SIGNS)
        self.assertTrue(measured.exists())
        for row in measured:
            self.assertEqual(checked(row.vital_signs), row.vital_signs)
            self.assertTrue(80 <= row.vital_signs["systolic_mmhg"] <= 180, row.vital_signs)
            self.assertTrue(55 <= row.vital_signs["pulse_bpm"] <= 140, row.vital_signs)

    def test_nothing_is_noted_before_its_patient_was_born(self):
        for row in MedicalRecord.objects.exclude(onset_date=None).select_related("patient__profile"):
            self.assertGreater(row.onset_date, row.patient.profile.date_of_birth)


class PrescriptionTests(Network, TestCase):
    """What was prescribed."""

    def rows(self):
        return Prescription.objects.in_full()

    def test_every_prescription_is_intact_and_whole(self):
        self.assertGreater(self.rows().count(), 20)
        for row in self.rows():
            with self.subTest(str(row)):
                self.assertTrue(row.is_intact())
                row.full_clean()
                self.assertEqual(row.is_draft, not row.digest)
                self.assertTrue(row.advice or row.lines.all() or row.tests.all())

    def test_each_belongs_to_a_completed_visit_and_came_after_it_began(self):
        for row in self.rows():
            visit = row.appointment
            with self.subTest(str(row)):
                self.assertEqual((row.patient_id, row.doctor_id), (visit.patient_id, visit.doctor_id))
                self.assertEqual(visit.status, Visit.COMPLETED)
                self.assertGreater(row.created_at, visit.starts_at)
                self.assertTrue(row.is_draft or visit.ends_at < row.issued_at < NOON)
                self.assertTrue(row.follow_up_date is None or row.follow_up_date > timezone.localdate(visit.starts_at))

    def test_its_history_says_how_it_came_to_where_it_stands(self):
        for row in self.rows():
            lines = list(row.history.order_by("history_date", "history_id"))
            with self.subTest(str(row)):
                self.assertEqual((lines[0].history_type, lines[0].status, lines[0].digest), ("+", "draft", ""))
                self.assertEqual((lines[-1].status, lines[-1].digest), (row.status, row.digest))
                self.assertEqual({line.history_user_id for line in lines}, {row.doctor.user_id})
                for before, after in pairwise(lines):
                    self.assertIn(after.status, Prescription.STEPS[before.status])

    def test_every_line_and_test_is_in_the_catalogue_and_has_its_history(self):
        for model, link in ((PrescriptionLine, "medication"), (OrderedTest, "test")):
            rows = model.objects.select_related(link)
            self.assertTrue(rows.exists())
            for row in rows:
                self.assertEqual(row.name, str(getattr(row, link)))
            self.assertEqual(model.history.filter(history_type="+").count(), rows.count())

    def test_the_patient_whom_newcomers_log_in_as_has_an_answered_warning_about_an_allergy(self):
        mine = PrescriptionWarning.objects.filter(prescription__patient=account("patient1"), kind="allergy")
        self.assertGreater(mine.count(), 0)
        for warning in mine:
            self.assertTrue(warning.reason)
            self.assertEqual(warning.acknowledged_by, warning.prescription.doctor.user)
            entry = MedicalRecord.objects.get(pk=warning.key.split(":")[1])
            self.assertEqual((entry.kind, entry.patient), (Kind.ALLERGY, account("patient1")))

    def test_nobody_gets_a_medicine_to_which_a_more_than_mild_allergy_is_recorded(self):
        for warning in PrescriptionWarning.objects.filter(kind="allergy"):
            entry = MedicalRecord.objects.get(pk=warning.key.split(":")[1])
            self.assertEqual((entry.severity, warning.medication), ("mild", "acetylsalicylic acid tablet 100 mg"))

    def test_it_says_what_could_not_be_checked(self):
        some = self.rows().released().filter(lines__isnull=False).distinct()
        without = [row for row in some if not row.patient.medical_records.filter(kind=Kind.ALLERGY).exists()]
        self.assertTrue(without)
        for row in without:
            self.assertIn("Not checked: no allergies recorded. Ask the patient.", row.not_checked)


class LargerNetworkTests(Network, TestCase):
    """What a few in a hundred prescriptions show."""

    @classmethod
    def setUpTestData(cls):
        fill(Size(doctors=11, patients=90, days=40))

    def test_some_are_drafts_some_amended_and_some_cancelled_each_with_its_reason(self):
        found = Counter(Prescription.objects.values_list("status", flat=True))
        self.assertEqual(set(found), set(Status.values))
        self.assertGreater(found[Status.ISSUED], sum(found.values()) * 0.8)
        self.assertFalse(Prescription.objects.filter(status__in=["amended", "cancelled"], status_reason="").exists())

    def test_a_new_version_names_the_old_and_follows_it(self):
        for new in Prescription.objects.filter(version=2).select_related("amends", "original"):
            old = new.amends
            self.assertEqual((old.status, old.appointment_id, new.original), (Status.AMENDED, new.appointment_id, old))
            self.assertGreater(new.issued_at, old.issued_at)
            self.assertTrue(new.is_intact())
            self.assertNotEqual(new.code, old.code)

    def test_only_the_last_days_leave_drafts(self):
        for draft in Prescription.objects.filter(status=Status.DRAFT):
            self.assertLess(NOON - draft.created_at, timedelta(days=3))

    def test_some_advice_is_in_bangla_and_its_paper_renders(self):
        row = Prescription.objects.released().filter(advice__contains="খাবেন").first()
        self.assertEqual(draw(row, "https://example.org/check")[:5], b"%PDF-")

    def test_what_was_entered_in_error_says_why(self):
        wrong = MedicalRecord.objects.filter(status="entered_in_error")
        self.assertTrue(wrong.exists())
        for row in wrong:
            self.assertTrue(row.history.latest("history_date").history_change_reason)

    def test_a_check_up_is_what_remains_where_nothing_else_suits(self):
        children = MedicalRecord.objects.filter(source="doctor", patient__profile__date_of_birth__gt="2016-01-01")
        self.assertTrue(children.exists())
        self.assertEqual(GENERAL.medicines, ())


class AccessTests(Network, TestCase):
    """Who has looked into the chart of patient 1, on the day of the seed."""

    @classmethod
    def setUpTestData(cls):
        cls.now = timezone.now()
        fill(now=cls.now)

    def test_an_emergency_access_waits_for_its_review(self):
        row = BreakGlass.objects.get()
        self.assertEqual((row.status, row.patient), (BreakGlass.Review.WAITING, account("patient1")))
        self.assertIn(row, BreakGlass.objects.allowed(account("auditor"), "review"))

    def test_a_doctor_outside_of_care_reads_by_consent(self):
        grant = ObjectGrant.objects.get(source=ObjectGrant.Source.CONSENT)
        self.assertEqual(grant.granted_by, account("patient1"))
        self.assertEqual(may_read_chart(grant.user, account("patient1"), self.now), ReadLog.Basis.CONSENT)

    def test_the_access_log_has_a_line_of_every_basis(self):
        lines = ReadLog.objects.filter(subject=account("patient1"))
        self.assertEqual(set(lines.values_list("basis", flat=True)), set(ReadLog.Basis.values))

    def test_a_second_run_adds_no_line_and_gives_no_revoked_consent_back(self):
        ObjectGrant.objects.filter(source=ObjectGrant.Source.CONSENT).get().delete()
        before = ReadLog.objects.count()
        made, _said = fill(now=self.now + timedelta(hours=2))
        self.assertEqual((made["accesses"], ReadLog.objects.count()), (0, before))
        self.assertFalse(ObjectGrant.objects.filter(source=ObjectGrant.Source.CONSENT).exists())

    def test_the_doctor_whom_newcomers_log_in_as_reads_the_charts_of_those_in_care(self):
        doctor = account("doctor1")
        self.assertTrue(MedicalRecord.objects.allowed(doctor, "view").exists())
        self.assertTrue(Prescription.objects.filter(doctor__user=doctor).exists())
        self.assertEqual(may_read_chart(doctor, account("patient1"), self.now), ReadLog.Basis.CARE)
