"""Prescribing in a browser, from the patient's page to a printed prescription."""

from shs.prescription.models import Medication, Prescription, Status
from shs.prescription.tests.scenes import Surgery
from shs.tests.browser import BrowserTestCase


class PrescribingInBrowser(Surgery, BrowserTestCase):
    def setUp(self):
        super().setUp()
        self.make_people()
        # Another browser test may have emptied the tables.
        fields = {"atc_code": "J01CA04", "drug_class": "Penicillin"}
        Medication.objects.get_or_create(generic_name="amoxicillin", form="capsule", strength="500 mg", defaults=fields)

    def choose(self, page, box: str, term: str, entry: str) -> None:
        """Choose an entry of the catalogue by typing."""
        page.locator(f"#select2-{box}-container").click()
        page.locator(".select2-search__field").fill(term)
        page.get_by_role("option", name=entry).click()

    def test_a_doctor_writes_answers_a_warning_issues_and_prints(self):
        self.note("allergy", "Penicillin", severity="severe")
        page = self.open()
        self.log_in(page, self.carol.email)
        page.goto(f"/admin/medical_record/medicalrecord/patient/{self.alice.pk}/")
        page.get_by_role("link", name="Prescribe for the visit").click()
        page.get_by_label("Diagnosis").fill("acute tonsillitis")
        page.get_by_label("Advice").fill("কুসুম গরম পানি পান করুন")
        page.get_by_label("Temperature").fill("38.4")
        page.get_by_role("link", name="Add another Medicine").click()
        self.choose(page, "id_lines-0-medication", "amoxi", "amoxicillin capsule 500 mg")
        page.locator("#id_lines-0-dosage").fill("1 capsule")
        page.locator("#id_lines-0-frequency").fill("1+1+1")
        page.locator("#id_lines-0-duration_days").fill("7")
        page.get_by_role("button", name="Save and continue editing").click()
        page.get_by_text("recorded allergy to “Penicillin”").wait_for()
        page.get_by_role("link", name="Issue…").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("textbox").fill("tolerated in 2024, family informed")
        dialog.get_by_role("button", name="Issue").click()
        self.is_told(page, "The prescription is issued.")
        issued = Prescription.objects.get()
        self.assertEqual(
            (issued.status, issued.warnings.get().reason), (Status.ISSUED, "tolerated in 2024, family informed")
        )
        paper = page.request.get(page.get_by_role("link", name="Open PDF to print").get_attribute("href"))
        self.assertEqual((paper.status, paper.headers["content-type"]), (200, "application/pdf"))
        page.goto("/admin/prescription/prescription/?tab=issued")
        page.get_by_text("amoxicillin capsule 500 mg").wait_for()
        page.goto(f"/admin/medical_record/medicalrecord/patient/{self.alice.pk}/")
        page.get_by_text("acute tonsillitis").wait_for()
