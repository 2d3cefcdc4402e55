"""The alerts on the page of a visit: pregnancy, kidneys, liver, and critical vital signs, with day and link."""

from datetime import date, timedelta

from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from shs.core.dates import show_date
from shs.core.reads.models import ReadLog
from shs.medical_record.models import MedicalRecord
from shs.prescription.models import Prescription
from shs.prescription.tests.test_visit_page import EMPTY, LINE, NOTE, Consultation, rows


class Alerts(Consultation, TestCase):
    def be(self, gender: str, years: int) -> None:
        """Make Alice of this sex and age."""
        profile = self.alice.profile
        profile.gender, profile.date_of_birth = (
            gender,
            timezone.localdate() - timedelta(days=round(years * 365.25) + 40),
        )
        profile.save()

    def alerts(self, **typed: str) -> list[tuple[str, str]]:
        """The tone and the text of each alert; `typed` is in the draft."""
        if typed:
            self.draft(**typed)
        page = self.office(self.carol).get(self.url())
        self.shown = page.context["alerts"]
        for one in self.shown:
            self.assertContains(page, one.text)
        return [(one.tone, str(one.text)) for one in self.shown]

    def test_a_woman_of_whom_nobody_knows_it_is_to_be_asked_and_the_others_are_not(self):
        asked = ("unknown", "Nobody has asked whether she is pregnant.")
        for gender, years, expected in (
            ("female", 25, [asked]),
            ("female", 12, [asked]),
            ("female", 55, [asked]),
            ("female", 11, []),
            ("female", 56, []),
            ("male", 25, []),
        ):
            with self.subTest(gender=gender, years=years):
                self.be(gender, years)
                self.assertEqual(self.alerts(), expected)

    def test_the_answer_of_the_visit_is_shown_and_counts_more_than_the_chart(self):
        self.be("female", 25)
        entry = self.note("condition", "Pregnancy 12 weeks")
        self.assertEqual(self.alerts(), [("warning", "Pregnant: “Pregnancy 12 weeks”")])
        self.assertEqual(self.shown[0].day, timezone.localdate())
        self.assertEqual(self.shown[0].url, reverse("admin:medical_record_medicalrecord_change", args=(entry.pk,)))
        self.assertEqual(self.alerts(pregnancy="no", breastfeeding="yes"), [
            ("warning", "Breast-feeding, as answered in this visit"),
            ("known", "Not pregnant, as answered in this visit"),
        ])  # fmt: skip

    def test_what_was_answered_stays_when_the_prescription_is_issued(self):
        self.be("female", 25)
        self.sign(pregnancy="unknown", **rows("lines", LINE))
        self.assertEqual(Prescription.objects.get().pregnancy, "unknown")
        self.assertEqual(self.alerts(), [("unknown", "It is not known whether she is pregnant.")])

    def test_what_was_typed_is_shown_when_the_page_is_refused(self):
        self.be("female", 25)
        page = self.sign(pregnancy="yes", **rows("lines", {"name": "Paracetamol"}))
        self.assertEqual([one.text for one in page.context["alerts"]], ["Pregnant, as answered in this visit"])

    def test_a_pregnancy_of_long_ago_is_asked_again(self):
        self.be("female", 25)
        entry = self.note("condition", "Pregnancy 12 weeks")
        long_ago = timezone.now() - timedelta(days=400)
        MedicalRecord.objects.without_history("scene").filter(pk=entry.pk).update(recorded_at=long_ago)
        self.assertEqual(self.alerts(), [
            ("unknown", "Nobody has asked whether she is pregnant."),
            ("unknown", "A pregnancy was recorded, but long ago: “Pregnancy 12 weeks”"),
        ])  # fmt: skip

    def test_the_kidneys_are_told_by_a_written_creatinine_a_stage_or_as_not_known(self):
        self.be("male", 70)
        self.assertEqual(self.alerts(), [("unknown", "Kidneys: no creatinine or eGFR of the last year is known.")])
        entry = self.note("note", "S. creatinine 3.2 mg/dL")
        self.note("condition", "CKD stage 4")
        severe = "eGFR 20 mL/min/1.73 m² (G4), from “S. creatinine 3.2 mg/dL”"
        self.assertEqual(self.alerts(), [("danger", severe), ("warning", "Kidney disease: “CKD stage 4”")])
        line = ReadLog.objects.filter(reader=self.carol, what="medical records at a glance").latest("pk")
        self.assertIn(entry.pk, line.ids)

    def test_unknown_kidneys_are_told_from_sixty_five_years_on(self):
        for years, expected in ((64, 0), (65, 1)):
            self.be("male", years)
            self.assertEqual(len(self.alerts()), expected)

    def test_a_disease_of_the_liver_is_told_unless_it_is_over(self):
        self.be("male", 40)
        entry = self.note("condition", "Cirrhosis of liver")
        self.assertEqual(self.alerts(), [("warning", "Liver disease: “Cirrhosis of liver”")])
        entry.resolve()
        self.assertEqual(self.alerts(), [])

    def test_a_critical_value_and_a_score_of_five_are_told_with_the_day(self):
        self.be("male", 40)
        signs = {"respiratory_rate": 22, "spo2_percent": 94, "systolic_mmhg": 105, "pulse_bpm": 95, "temperature_c": 37}
        seen = {"oxygen": "air", "consciousness": "alert"}
        entry = self.note("vital_signs", "", vital_signs=signs, observed=seen)
        self.assertEqual(self.alerts(), [("warning", "NEWS2 5 (medium)")])
        self.assertEqual(self.shown[0].day, timezone.localdate(entry.recorded_at))
        self.note("vital_signs", "", vital_signs={"spo2_percent": 70})
        told = self.alerts()
        self.assertIn(("danger", "Critical: Oxygen saturation 70 %"), told)
        self.assertNotIn("NEWS2 5", str(told))

    def test_the_page_shows_the_day_and_leads_to_the_entry(self):
        self.be("male", 40)
        entry = self.note("condition", "Cirrhosis of liver")
        page = self.office(self.carol).get(self.url())
        self.assertContains(page, show_date(timezone.localdate(entry.recorded_at)))
        address = reverse("admin:medical_record_medicalrecord_change", args=(entry.pk,))
        self.assertContains(page, f'<a class="shs-link" href="{address}" aria-label="Liver disease')

    def test_a_chart_of_which_a_part_is_open_tells_that_part_alone(self):
        self.be("male", 40)
        self.note("condition", "Cirrhosis of liver")
        visit = self.confirmed_visit(minutes_ago=40)
        type(visit).objects.without_history("scene").filter(patient=self.alice).update(identity="none")
        page = self.office(self.carol).get(self.url(visit=visit))
        self.assertTrue(page.context["is_partial"])
        self.assertEqual(page.context["alerts"], [])
        self.assertContains(page, "Nothing is recorded of pregnancy")


class OnTheWayIn(Consultation, TestCase):
    def test_a_draft_of_the_page_of_prescriptions_brings_its_answers(self):
        from shs.prescription import services

        written = Prescription(diagnosis="asthma", pregnancy="yes", breastfeeding="no")
        services.begin(draft=written, visit=self.begun, by=self.carol, now=timezone.now())
        page = self.office(self.carol).get(self.url())
        self.assertContains(page, "Pregnant, as answered in this visit")
        self.office(self.carol).post(self.url(), {"seen": 0, "sign": "1", **NOTE, **EMPTY, "pregnancy": "yes"})
        self.assertFalse(Prescription.objects.filter(pregnancy="no").exists())


class Days(TestCase):
    def test_the_categories_of_kdigo(self):
        from shs.prescription.services.kidney import Filtration

        # KDIGO 2012, table 5
        cases = {90: "G1", 89: "G2", 60: "G2", 59: "G3a", 45: "G3a", 44: "G3b", 30: "G3b", 29: "G4", 15: "G4", 14: "G5"}
        self.assertEqual({value: Filtration(value, date(2026, 1, 1), "").category for value in cases}, cases)
