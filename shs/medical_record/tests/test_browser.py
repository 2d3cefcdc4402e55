"""Charts in a browser: a doctor reads, adds and amends an entry; an auditor revokes a consent."""

from django.utils import timezone

from shs.medical_record import services
from shs.medical_record.models import MedicalRecord
from shs.medical_record.tests.chart import Chart
from shs.tests.browser import BrowserTestCase


class ChartsInBrowser(Chart, BrowserTestCase):
    def setUp(self):
        super().setUp()
        self.make_people()
        for systolic in (118, 135, 150):
            signs = {"systolic_mmhg": systolic, "diastolic_mmhg": 75, "pulse_bpm": systolic - 50}
            self.write(kind="vital_signs", title="", severity="", details="", vital_signs=signs)

    def patient_page(self):
        return f"/admin/medical_record/medicalrecord/patient/{self.alice.pk}/"

    def test_a_doctor_reads_the_chart_and_adds_and_amends_an_entry(self):
        page = self.open()
        self.log_in(page, self.carol.email)
        page.get_by_role("link", name="Medical records").first.click()
        page.get_by_role("link", name="Alice").first.click()
        page.get_by_role("heading", name="Allergies").wait_for()
        page.get_by_role("link", name="Add an entry").click()
        page.get_by_label("Kind").select_option("note")
        page.get_by_label("Title").fill("Advised rest")
        page.get_by_role("button", name="Save", exact=True).click()
        page.wait_for_url("**/medicalrecord/")
        page.locator("#result_list").get_by_role("link", name="Advised rest Note").click()
        page.wait_for_url("**/change/**")
        page.get_by_role("link", name="Amend…").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Title").fill("Advised two weeks of rest")
        dialog.get_by_label("Reason").fill("the length was missing")
        dialog.get_by_role("button", name="Amend").click()
        self.is_told(page, "Amended. The earlier text is kept in the history.")
        self.assertTrue(MedicalRecord.objects.filter(title="Advised two weeks of rest", patient=self.alice).exists())

    def test_an_auditor_revokes_a_consent_on_the_patient_page(self):
        services.open_chart(patient=self.alice, doctor_id=self.dr_wendy.pk, expires_at=None, now=timezone.now())
        page = self.open()
        self.log_in(page, self.irene.email)
        page.goto(self.patient_page())
        page.get_by_role("link", name="Revoke access of Dr. Wendy").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Reason").fill("the patient asked for it by phone")
        dialog.get_by_role("button", name="Revoke").click()
        self.is_told(page, "Access revoked.")
        self.assertFalse(page.get_by_role("link", name="Revoke access of Dr. Wendy").is_visible())

    def test_the_patient_page_does_not_scroll_horizontally_on_a_phone(self):
        page = self.open(width=390, height=844)
        self.log_in(page, self.carol.email)
        page.goto(self.patient_page())
        self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), 390)
