"""Ctrl+K and the menu of saved views, by keyboard only."""

from django.urls import reverse

from shs.core.admin.models import DefaultView, SavedView
from shs.testing import EveryModel
from shs.tests.browser import BrowserTestCase


class KeyboardSearch(EveryModel, BrowserTestCase):
    def setUp(self):
        super().setUp()
        self.make_people()
        self.page = self.open()
        self.log_in(self.page, "erin@example.com")

    def focus(self) -> str:
        return self.page.evaluate("document.activeElement?.id || document.activeElement.textContent.trim()")

    def chosen(self) -> str:
        return self.page.locator("#shs-find-results [aria-selected=true]").inner_text()

    def test_a_visit_is_found_and_opened_by_keyboard(self):
        keys = self.page.keyboard
        self.page.locator("[data-find-open]").focus()
        for shortcut in ("Control+k", "Meta+k"):
            keys.press(shortcut)
            self.assertEqual(self.focus(), "shs-find-words")
            keys.press("Escape")
            self.page.locator("#shs-find").wait_for(state="hidden")
            self.assertIn("Search", self.focus())
        keys.press("Control+k")
        keys.type("nobody at all")
        self.page.get_by_text("No results for").first.wait_for()
        self.page.locator("#shs-find-words").fill("APT-")
        self.page.locator("#shs-find-results [role=option]").nth(1).wait_for()
        first = self.chosen()
        keys.press("ArrowDown")
        self.assertNotEqual(self.chosen(), first)
        keys.press("ArrowUp")
        self.assertEqual(self.chosen(), first)
        keys.press("Enter")
        self.page.wait_for_url("**/appointment/appointment/*/change/")
        self.assertEqual(self.page.evaluate("Object.keys(localStorage).filter(k => k.includes('ommand')).length"), 0)

    def test_a_view_is_saved_made_the_default_and_deleted_by_keyboard(self):
        keys, listed = self.page.keyboard, reverse("admin:appointment_appointment_changelist")
        self.page.goto(f"{listed}?tab=past")
        self.page.locator(".shs-menu summary").focus()
        keys.press("Enter")
        keys.press("Tab")
        self.assertEqual(self.focus(), "Save this view…")
        keys.press("Enter")
        self.page.get_by_label("Name").wait_for()
        keys.type("Done")
        keys.press("Enter")
        self.is_told(self.page, "View “Done” saved.")
        self.page.locator(".shs-menu summary").focus()
        keys.press("Enter")
        self.page.get_by_role("button", name="Open by default: Done").focus()
        keys.press("Enter")
        self.is_told(self.page, "This list now opens with “Done”.")
        self.assertTrue(DefaultView.objects.filter(user=self.erin).exists())
        self.page.goto(listed)
        self.assertTrue(self.page.url.endswith("?tab=past"), self.page.url)
        self.page.locator(".shs-menu summary").focus()
        keys.press("Enter")
        keys.press("Escape")
        self.assertIn("Done", self.focus())
        keys.press("Enter")
        self.page.get_by_role("link", name="Delete… Done").focus()
        keys.press("Enter")
        self.page.get_by_role("button", name="Delete the view", exact=True).click()
        self.is_told(self.page, "View deleted")
        self.assertFalse(SavedView.objects.filter(owner=self.erin).exists())
