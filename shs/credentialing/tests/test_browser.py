"""The verification queue in a browser: keyboard use, the layout of a case, and conflicts between officers."""

import io
from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from shs.core.reads.models import ReadLog
from shs.credentialing import services
from shs.credentialing.models import CheckKind, RegisterEntry
from shs.doctors.models import Verification
from shs.testing import TestUsers, make_doctor, make_user
from shs.tests.browser import BrowserTestCase
from shs.users.models import Role

LIST = "/admin/doctors/doctorinformation/"


class Verifying(TestUsers, BrowserTestCase):
    def setUp(self):
        super().setUp()
        self.make_people()
        now = timezone.now()
        zoe = make_user("Dr. Zoe", Role.DOCTOR)
        self.dr_zoe = make_doctor(zoe, self.clinic, status=Verification.PENDING, submitted_at=now - timedelta(days=12))
        picture = io.BytesIO()
        Image.new("RGB", (400, 260), "teal").save(picture, "PNG")
        for kind in ("license", "degree"):
            upload = SimpleUploadedFile(f"{kind}.png", picture.getvalue())
            services.add_document(doctor=self.dr_zoe, kind=kind, upload=upload, now=now)
        RegisterEntry.objects.create(
            license_number=self.dr_zoe.license_number,
            name="Zoe",
            degree="MBBS",
            source="The council",
            as_of=timezone.localdate(),
        )
        self.page = self.open()
        self.log_in(self.page, self.grace.email)

    def case(self, doctor):
        return f"{LIST}{doctor.pk}/change/"

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def focused(self) -> str:
        return self.page.evaluate("(document.activeElement.ariaLabel || document.activeElement.innerText || '').trim()")

    def wait_focus(self, words: str) -> None:
        self.page.wait_for_function(
            "words => (document.activeElement.ariaLabel || document.activeElement.innerText).includes(words)", arg=words
        )

    def test_cases_can_be_decided_with_the_keyboard(self):
        page = self.page
        page.goto(LIST)
        self.press("j", "j", "k")
        self.assertIn("Dr. Zoe", self.focused())
        self.press("Enter")
        page.wait_for_url(f"**{self.case(self.dr_zoe)}*")

        self.press("c")
        page.get_by_role("dialog").get_by_role("button", name="Claim").wait_for()
        self.press("Enter")
        self.is_told(page, "You have claimed this case for two hours.")

        self.press("j")
        self.wait_focus("Pass: Found in the register")
        self.press("Shift+Tab", "Enter")  # Look up
        for kind in list(CheckKind)[1:]:
            self.wait_focus(f"Pass: {kind.label}")
            self.press("Enter")
        self.wait_focus("Approve…")
        self.press("a")
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Message to the doctor (optional)").wait_for()
        page.keyboard.type("Welcome: can you j, k, a and r?")
        self.press("Tab", "Tab", "Tab")
        self.wait_focus("Approve, then next case")
        self.press("Enter")
        page.wait_for_url(f"**{self.case(self.dr_dave)}*")
        self.dr_zoe.refresh_from_db()
        self.assertEqual(self.dr_zoe.verification_status, Verification.APPROVED)
        self.assertEqual(self.dr_zoe.verification_note, "Welcome: can you j, k, a and r?")
        self.assertEqual(self.dr_zoe.checks.get(kind="register").registered_name, "Zoe")

        self.press("c")
        page.get_by_role("dialog").get_by_role("button", name="Claim").wait_for()
        self.press("Enter")
        self.is_told(page, "You have claimed this case for two hours.")
        self.press("r")
        dialog.get_by_label("Reason").wait_for()
        self.press("ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown")
        text = dialog.get_by_label("Message to the doctor").input_value()
        self.assertIn("could not read", text)
        self.press("Tab", "Tab", "Tab", "Enter")  # text, Cancel, Reject
        self.is_told(page, "Rejected. The doctor has been sent the reason.")
        self.dr_dave.refresh_from_db()
        self.assertEqual(
            (self.dr_dave.verification_status, self.dr_dave.verification_reason), ("rejected", "illegible")
        )
        self.press("n")
        self.is_told(page, "The queue is empty.")

    def test_a_clean_case_is_approved_with_five_clicks(self):
        page = self.page
        page.goto(self.case(self.dr_zoe))
        page.get_by_role("link", name="Claim").click()
        page.get_by_role("dialog").get_by_role("button", name="Claim").click()
        self.is_told(page, "You have claimed this case for two hours.")
        page.get_by_role("button", name="Pass the 5 required checks that are left").click()
        page.get_by_role("link", name="Approve…").click()
        page.get_by_role("dialog").get_by_role("button", name="Approve", exact=True).click()
        self.is_told(page, "Approved. Patients can now find and book this doctor.")

    def test_shortcuts_do_nothing_in_fields_with_modifiers_and_in_dialogs(self):
        page = self.page
        self.dr_zoe.claim(by=self.grace, now=timezone.now())
        page.goto(self.case(self.dr_zoe))
        note = page.get_by_label("Note: Degree")
        note.click()
        page.keyboard.type("carn?j")
        self.assertEqual(note.input_value(), "carn?j")
        self.assertEqual(page.locator("dialog[open]").count(), 0)
        page.get_by_role("tab", name="Timeline").click()
        page.get_by_role("tabpanel", name="Timeline").get_by_text("Case claimed").wait_for()
        page.get_by_role("tab", name="Affected appointments").click()
        page.get_by_text("This doctor has no upcoming visits.").wait_for()
        self.press("Control+a", "Alt+r", "Shift+r")
        self.assertEqual(page.locator("dialog[open]").count(), 0)
        self.press("?")
        page.get_by_role("dialog").get_by_text("next waiting case").wait_for()
        self.press("r", "n")
        self.assertEqual(page.locator("dialog[open]").count(), 1)
        self.press("Escape")
        self.assertEqual(page.locator("dialog[open]").count(), 0)

    def test_the_case_fits_the_screen_and_documents_load_when_opened(self):
        page = self.page
        self.dr_zoe.claim(by=self.grace, now=timezone.now())
        page.goto(self.case(self.dr_zoe))
        reject = page.get_by_role("link", name="Reject…").bounding_box()
        image = page.locator(".shs-sheet:not([hidden]) img").bounding_box()
        self.assertLess(reject["y"] + reject["height"], 838)
        self.assertLess(image["y"] + image["height"], 838)
        reads = ReadLog.objects.filter(what="doctor document", reader=self.grace)
        self.assertEqual(reads.count(), 1)
        with page.expect_response("**/file/"):
            page.get_by_role("tab", name="Degree").click()
        self.assertEqual(reads.count(), 2)
        self.press("p")
        page.get_by_role("link", name="Approve…").wait_for()

    def test_a_failed_check_asks_for_a_note_beside_it(self):
        page = self.page
        self.dr_zoe.claim(by=self.grace, now=timezone.now())
        page.goto(self.case(self.dr_zoe))
        page.get_by_role("button", name="Fail: Degree").click()
        page.get_by_text("Describe what is wrong").wait_for()
        self.wait_focus("Note: Degree")
        page.keyboard.type("cut off")
        page.get_by_role("button", name="Fail: Degree").click()
        page.get_by_text("cut off").wait_for()
        self.assertEqual(self.dr_zoe.checks.get().note, "cut off")

    def test_a_case_claimed_by_another_officer_meanwhile_shows_a_message(self):
        page = self.page
        page.goto(self.case(self.dr_zoe))
        self.dr_zoe.claim(by=self.frank, now=timezone.now())
        self.press("c")
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("button", name="Claim").click()
        dialog.get_by_text("Frank has claimed this case").wait_for()
