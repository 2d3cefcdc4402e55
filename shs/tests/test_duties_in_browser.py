"""A duty made in the browser: by an admin at a desk, confirmed by another one on a phone and in Bangla."""

from shs.testing import TestUsers, make_user
from shs.tests.browser import BrowserTestCase
from shs.users.models import MadeDuty, Role


class Duties(TestUsers, BrowserTestCase):
    def setUp(self):
        super().setUp()
        self.make_people()
        freya = make_user("Freya", Role.ADMIN)
        freya.speak("bn")

    def test_a_duty_is_previewed_by_keyboard_asked_for_and_confirmed_on_a_phone(self):
        page = self.open()
        self.log_in(page, "frank@example.com")
        page.goto("/admin/users/madeduty/new/")
        page.get_by_label("Name of the duty").fill("Night porter")
        page.get_by_label("Reason").fill("lets patients in")
        people = page.locator("summary", has_text="People")
        people.focus()
        page.keyboard.press("Enter")
        page.get_by_label("Can view users", exact=True).select_option("clinics")
        page.get_by_role("button", name="Preview").first.focus()
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="What saving would do").wait_for()
        self.assertFalse(MadeDuty.objects.exists())
        page.get_by_role("button", name="Ask a second admin").click()
        page.get_by_text("Nothing has changed yet").wait_for()

        phone = self.open(width=390, height=844)
        self.log_in(phone, "freya@example.com")
        phone.goto("/admin/users/dutychange/")
        self.assertLessEqual(phone.evaluate("document.documentElement.scrollWidth"), 390)
        phone.get_by_role("link", name="নিশ্চিত করুন").first.click()
        phone.get_by_role("dialog").get_by_role("button", name="নিশ্চিত করুন").click()
        self.is_told(phone, "নিশ্চিত হয়েছে")
        duty = MadeDuty.objects.get()
        self.assertEqual(duty.rights, {"users.view_user": "clinics"})
        phone.goto(f"/admin/users/madeduty/{duty.pk}/edit/")
        self.assertLessEqual(phone.evaluate("document.documentElement.scrollWidth"), 390)
