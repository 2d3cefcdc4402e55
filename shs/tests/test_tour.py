"""The README's tour in the browser: a waiting doctor is approved, found and booked, and sees the visit."""

from django.utils import timezone

from shs.core.dates import show_date, show_weekday
from shs.credentialing.models import CheckKind
from shs.doctors.models import Verification
from shs.testing import TestUsers, soon
from shs.tests.browser import BrowserTestCase
from shs.users import tokens


class TourTests(TestUsers, BrowserTestCase):
    """From the queue to the visit."""

    def setUp(self):
        super().setUp()
        self.make_people()

    def api(self, page, method: str, path: str, user=None, data=None):
        headers = {"Authorization": f"Bearer {tokens.issue(user, now=timezone.now())['access']}"} if user else {}
        return page.request.fetch(f"/api/v1{path}", method=method, headers=headers, data=data)

    def test_an_officer_approves_a_doctor_whom_a_patient_then_books(self):
        page = self.open()
        self.log_in(page, self.grace.email)
        self.assertEqual(self.api(page, "GET", "/doctors/search?q=dave").json()["count"], 0)

        page.get_by_role("link", name="Doctor applications").click()
        page.get_by_role("link", name="Claim: Dr. Dave").click()
        page.get_by_role("dialog").get_by_role("button", name="Claim").click()
        self.is_told(page, "You have claimed this case for two hours.")
        page.get_by_role("link", name="Dr. Dave").first.click()
        for kind in CheckKind:
            page.get_by_role("button", name=f"Pass: {kind.label}").click()
            page.locator(f"#check-{kind.value}[data-made=pass]").wait_for()
        page.get_by_role("link", name="Approve…").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Message to the doctor (optional)").fill("Welcome.")
        dialog.get_by_role("button", name="Approve", exact=True).click()
        self.is_told(page, "Approved. Patients can now find and book this doctor.")
        self.dr_dave.refresh_from_db()
        self.assertEqual(self.dr_dave.verification_status, Verification.APPROVED)

        found = self.api(page, "GET", "/doctors/search?q=dave").json()["items"]
        self.assertEqual([doctor["id"] for doctor in found], [self.dr_dave.pk])
        visit = {"doctor": self.dr_dave.pk, "date": str(soon()), "time": "09:20", "reason": "palpitations"}
        answer = self.api(page, "POST", "/appointments/", user=self.bob, data=visit)
        self.assertEqual(answer.status, 201, answer.text())

        own = self.open()
        self.log_in(own, self.dave.email)
        own.locator("#nav-sidebar-apps").get_by_role("link", name="Appointments").click()
        own.get_by_role("link", name="Upcoming").click()
        own.get_by_role("link", name=f"{show_date(soon())}, 09:20 · #2").click()
        own.get_by_text("palpitations").wait_for()

    def test_the_desk_registers_a_newcomer_and_books_them(self):
        page = self.open()
        self.log_in(page, self.erin.email)
        page.get_by_role("link", name="Desk board").click()
        page.locator("#desk-board").wait_for()
        page.keyboard.press("n")
        page.get_by_role("dialog", name="Who is the patient?").wait_for()
        for text in ("Rahim Uddin", "01812345678", "45", "m"):
            page.keyboard.type(text)
            page.keyboard.press("Tab")
        page.locator(f"[name=when][value='{soon()}T09:20']").check()
        page.keyboard.press("Enter")
        self.is_told(page, f"Rahim Uddin: on {show_weekday(soon())} at 09:20, serial 2, to Dr. Carol.")

    def test_a_refused_step_shows_a_message_in_the_dialog(self):
        page = self.open()
        self.log_in(page, self.frank.email)
        page.goto(f"/admin/doctors/doctorinformation/{self.dr_dave.pk}/change/")
        page.get_by_role("link", name="Reject…").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("button", name="Reject", exact=True).click()
        dialog.get_by_text("This field is required.").wait_for()
        dialog.get_by_label("Reason").select_option("illegible")
        dialog.get_by_label("Message to the doctor").fill("The licence cannot be read.")
        self.dr_dave.reject(reason="decided by somebody else", now=self.dr_dave.submitted_at)
        dialog.get_by_role("button", name="Reject", exact=True).click()
        dialog.get_by_text("The status cannot change from rejected to rejected.").wait_for()
        self.assertEqual(dialog.get_by_label("Message to the doctor").input_value(), "The licence cannot be read.")

    def test_the_dialog_returns_the_focus(self):
        page = self.open()
        self.log_in(page, self.grace.email)
        page.goto("/admin/doctors/doctorinformation/")
        claim = page.get_by_role("link", name="Claim: Dr. Dave")
        claim.focus()
        page.keyboard.press("Enter")
        page.get_by_role("dialog").wait_for()
        page.keyboard.press("Escape")
        page.get_by_role("dialog").wait_for(state="hidden")
        self.assertTrue(claim.evaluate("link => link === document.activeElement"))

    def test_no_page_scrolls_horizontally_on_a_phone(self):
        page = self.open(width=390, height=844)
        self.log_in(page, self.frank.email)
        for path in (
            "",
            "doctors/doctorinformation/",
            f"doctors/doctorinformation/{self.dr_dave.pk}/change/",
            "users/user/",
        ):
            with self.subTest(path=path):
                page.goto(f"/admin/{path}")
                self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), 390)
