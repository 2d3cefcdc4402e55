"""Prescribing in a browser, from the patient's page to a printed prescription."""

from django.utils import timezone

from shs.prescription.models import Dispensing, Medication, Prescription, Status
from shs.prescription.services.dispensing import code_for
from shs.prescription.tests.scenes import Surgery
from shs.testing import PASSWORD
from shs.tests.browser import BrowserTestCase
from shs.tests.walk import ALL_RULES, SMALL_TARGETS, TARGET_PX, Visit


class PrescribingInBrowser(Surgery, BrowserTestCase):
    def setUp(self):
        super().setUp()
        self.make_people()
        # Another browser test may have emptied the tables.
        fields = {"atc_code": "J01CA04", "drug_class": "Penicillin"}
        Medication.objects.get_or_create(generic_name="amoxicillin", form="capsule", strength="500 mg", defaults=fields)

    def test_a_doctor_writes_answers_a_warning_issues_and_prints(self):
        self.note("allergy", "Penicillin", severity="severe")
        page = self.open()
        self.log_in(page, self.carol.email)
        page.goto(f"/admin/medical_record/medicalrecord/patient/{self.alice.pk}/")
        page.get_by_role("link", name="Prescribe for the visit").click()
        page.get_by_label("Diagnosis").fill("acute tonsillitis")
        page.get_by_label("Advice", exact=True).fill("কুসুম গরম পানি পান করুন")
        page.get_by_label("Temperature").fill("38.4")
        page.get_by_role("combobox", name="Add a medicine").press_sequentially("amoxi")
        page.get_by_role("option", name="amoxicillin capsule 500 mg").click()
        self.has_focus(page, "lines-0-directions")
        page.keyboard.type("1+1+1 7d")
        page.keyboard.press("Enter")
        page.wait_for_function("document.activeElement?.id === 'shs-add-medicine'")
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


class PharmacyInBrowser(Surgery, BrowserTestCase):
    def setUp(self):
        super().setUp()
        self.make_people()

    def test_a_pharmacy_notes_on_a_phone_what_it_gives_out_and_takes_it_back(self):
        found = self.prescribe(advice="BP ↑, sugar ↓ ≠ target")
        page = self.open(width=390, height=844)
        page.goto(f"/rx/{found.code}?lang=en")
        page.get_by_text("VALID", exact=False).first.wait_for()
        page.get_by_label("Name and place of the pharmacy").fill("Lake Pharmacy, Dhaka")
        page.get_by_label("Code for the pharmacy, from the paper or the patient").fill("0000 0000")
        self.expect_problem("status of 422")
        button = page.get_by_role("button", name="Record what is dispensed")
        with self.new_page(page):
            button.click()
        page.get_by_role("alert").wait_for()
        self.assertEqual(page.get_by_label("Name and place of the pharmacy").input_value(), "Lake Pharmacy, Dhaka")
        code = code_for(found, timezone.now())
        page.get_by_label("Code for the pharmacy, from the paper or the patient").fill(code)
        with self.new_page(page):
            button.click()
        page.get_by_text("What was dispensed has been recorded.").wait_for()
        self.assertEqual(page.locator(".given").count(), 2)
        with self.new_page(page):
            page.get_by_role("button", name="Undo what I have just entered").click()
        page.get_by_text("It was taken back.").wait_for()
        self.assertEqual(page.locator(".given").count(), 0)
        self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), 390)

    def test_the_page_to_print_shows_what_was_issued(self):
        found = self.prescribe(advice="BP ↑, sugar ↓ ≠ target")
        page = self.open()
        self.log_in(page, self.carol.email)
        page.goto(f"/admin/prescription/prescription/{found.pk}/print/")
        page.get_by_text("BP ↑, sugar ↓ ≠ target").wait_for()
        page.get_by_role("button", name="Print").wait_for()


class RegisteredPharmacyInBrowser(Surgery, BrowserTestCase):
    axe = Visit.axe

    def setUp(self):
        super().setUp()
        self.make_people()

    def test_somebody_of_a_pharmacy_logs_in_on_a_phone_opens_a_code_notes_and_sees_it_again(self):
        found = self.prescribe()
        page = self.open(width=390, height=844)
        page.goto("/admin/login/")
        page.get_by_label("E-mail address").fill(self.judy.email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url("**/admin/pharmacy/")
        page.get_by_text("Nothing was dispensed.").wait_for()
        self.fits(page)
        page.get_by_label("Code, or the address under the QR code").fill(f"{self.live_server_url}/rx/{found.code}")
        with self.new_page(page):
            page.get_by_role("button", name="Open the prescription").click()
        page.get_by_text("Lake Pharmacy").first.wait_for()
        self.assertEqual(page.locator("input[name=code]").count(), 0)
        page.get_by_role("radio", name="A part").last.check()
        page.get_by_label("How much, or why not").last.fill("4 tablets")
        self.fits(page)
        with self.new_page(page):
            page.get_by_role("button", name="Record what is dispensed").click()
        page.get_by_text("What was dispensed has been recorded.").wait_for()
        self.assertEqual(page.locator(".given").count(), 2)
        with self.new_page(page):
            page.get_by_role("link", name="Another prescription").click()
        page.get_by_text("4 tablets").wait_for()
        self.fits(page)
        page.get_by_label("Code, or the address under the QR code").fill(found.code.lower())
        with self.new_page(page):
            page.get_by_role("button", name="Open the prescription").click()
        page.get_by_role("radio", name="All of it").first.check()
        self.expect_problem("status of 409")
        with self.new_page(page):
            page.get_by_role("button", name="Record what is dispensed").click()
        page.get_by_role("alert").get_by_text("Dispensed before").wait_for()
        page.get_by_label("I have seen what was dispensed before.").check()
        with self.new_page(page):
            page.get_by_role("button", name="Record what is dispensed").click()
        page.get_by_text("What was dispensed has been recorded.").wait_for()
        self.assertEqual(Dispensing.objects.filter(by=self.judy).count(), 2)
        page.goto("/admin/pharmacy/")
        page.get_by_role("button", name="Log out").click()
        page.wait_for_url("**/admin/log**")

    def fits(self, page) -> None:
        """Nothing scrolls sideways, every target is large enough, and axe finds nothing serious, in both themes."""
        self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), 390)
        self.assertEqual(page.evaluate(SMALL_TARGETS, TARGET_PX), [])
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            self.assertEqual(self.axe(page, ALL_RULES, "body"), [], scheme)
        page.emulate_media(color_scheme="light")
