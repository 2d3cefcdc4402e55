"""Results among the alerts of the page of a visit, and a measured creatinine as what the kidneys are judged by."""

from datetime import timedelta

from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone

from shs.core.reads.models import ReadLog
from shs.medical_record.models import MedicalRecord
from shs.prescription.services.kidney import egfr
from shs.results.tests.scenes import CRITICAL_GLUCOSE, LOW_HAEMOGLOBIN, Laboratory, value

CREATININE = value("creatinine", "2.0", "mg/dL")


class Alerts(Laboratory, TestCase):
    @classmethod
    def make_people(cls):
        super().make_people()
        profile = cls.alice.profile
        profile.gender, profile.date_of_birth = "male", timezone.localdate() - timedelta(days=40 * 365 + 30)
        profile.save()

    def alerts(self) -> list[tuple[str, str]]:
        office = Client()
        office.force_login(self.carol, backend="shs.users.backends.EmailBackend")
        self.shown = office.get(reverse("admin:visit", args=(self.begun.pk,))).context["alerts"]
        return [(one.tone, str(one.text)) for one in self.shown]

    def review(self, row) -> None:
        row.refresh_from_db()
        row.review(by=self.carol, comment="", now=timezone.now())

    def test_what_nobody_has_reviewed_is_told_until_somebody_does(self):
        row = self.send(LOW_HAEMOGLOBIN)
        self.assertEqual(self.alerts(), [("warning", "Result to review: Blood test")])
        self.assertEqual((self.shown[0].day, self.shown[0].ids), (row.taken_on, (row.pk,)))
        self.assertEqual(self.shown[0].url, reverse("admin:results_result_change", args=(row.pk,)))
        self.assertTrue(ReadLog.objects.filter(reader=self.carol, what="results", ids=[row.pk]).exists())
        self.review(row)
        self.assertEqual(self.alerts(), [])

    def test_a_critical_result_stays_an_alert_for_thirty_days(self):
        today = timezone.localdate()
        recent = self.send(CRITICAL_GLUCOSE, taken_on=today - timedelta(days=29))
        old = self.send(CRITICAL_GLUCOSE, taken_on=today - timedelta(days=30))
        for row in (recent, old):
            self.review(row)
        ((tone, text),) = self.alerts()
        self.assertEqual(tone, "danger")
        self.assertIn("26.4 mmol/L", text)
        self.assertEqual(self.shown[0].ids, (recent.pk,))

    def test_what_was_entered_in_error_is_no_alert(self):
        self.send(CRITICAL_GLUCOSE).retract(reason="of somebody else")
        self.assertEqual(self.alerts(), [])

    def test_the_egfr_follows_from_the_measured_creatinine(self):
        row = self.send(CREATININE)
        self.review(row)
        # CKD-EPI 2021 by hand: 142 × (2.0/0.9)^-1.2 × 0.9938^40
        ((tone, text),) = self.alerts()
        self.assertEqual((tone, text), ("warning", "eGFR 42 mL/min/1.73 m² (G3b), from “creatinine 177 µmol/L”"))
        self.assertEqual((self.shown[0].day, self.shown[0].ids), (row.taken_on, (row.pk,)))
        self.assertEqual(self.shown[0].url, reverse("admin:results_result_change", args=(row.pk,)))


class Kidneys(Laboratory, TestCase):
    def setUp(self):
        profile = self.alice.profile
        profile.gender, profile.date_of_birth = "male", timezone.localdate() - timedelta(days=40 * 365 + 30)
        profile.save()

    def egfr(self) -> int:
        found = egfr(self.alice, timezone.now())
        return round(found.egfr) if found else 0

    def test_the_newer_of_a_value_and_an_entry_counts(self):
        written = self.note("note", "S. creatinine 4 mg/dL")
        self.send(CREATININE, taken_on=timezone.localdate())
        self.assertEqual(self.egfr(), 42)  # of one day the measured one
        MedicalRecord.objects.without_history("scene").filter(pk=written.pk).update(
            recorded_at=timezone.now() - timedelta(days=3)
        )
        self.assertEqual(self.egfr(), 42)

    def test_an_entry_counts_that_is_newer_than_the_value(self):
        self.send(CREATININE, taken_on=timezone.localdate() - timedelta(days=2))
        self.note("note", "eGFR 88")
        self.assertEqual(self.egfr(), 88)

    def test_a_value_of_more_than_a_year_ago_says_nothing(self):
        self.send(CREATININE, taken_on=timezone.localdate() - timedelta(days=366))
        self.assertEqual(self.egfr(), 0)

    def test_the_checks_warn_by_the_measured_value(self):
        self.send(value("creatinine", "4.0", "mg/dL"))
        issued = self.prescribe(medications=[
            {"name": "Metformin 500 mg", "dosage": "1 tablet", "frequency": "1+0+1", "duration_days": 5}
        ])  # fmt: skip
        warning = issued.warnings.get(kind="kidney_liver")
        self.assertIn("creatinine 354 µmol/L", warning.text)
