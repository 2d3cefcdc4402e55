"""Bangla in a browser: chosen by keyboard, stored with the account, and no text is cut off."""

from django.urls import reverse

from shs.testing import TestUsers
from shs.tests.browser import BrowserTestCase


class BanglaInBrowser(TestUsers, BrowserTestCase):
    def setUp(self):
        super().setUp()
        self.make_people()

    def test_the_language_is_chosen_by_keyboard_and_texts_fit_on_a_phone(self):
        page = self.open()
        self.log_in(page, "frank@example.com")
        page.get_by_role("button", name="Your account").focus()
        page.keyboard.press("Enter")
        choice = page.get_by_role("button", name="বাংলা")
        choice.wait_for()
        choice.focus()
        page.keyboard.press("Enter")
        page.wait_for_selector("html[lang=bn]")
        self.frank.refresh_from_db()
        self.assertEqual(self.frank.language, "bn")
        page.set_viewport_size({"width": 390, "height": 844})
        for name in ("index", "users_user_changelist", "changes", "doctors_doctorinformation_changelist"):
            page.goto(reverse(f"admin:{name}"))
            with self.subTest(page=name):
                self.assertEqual(page.evaluate("document.documentElement.scrollWidth - innerWidth"), 0)
                self.assertEqual(page.evaluate(CLIPPED), [])


CLIPPED = """() => [...document.querySelectorAll("button, a.shs-button, main th, main label, .shs-label")]
    .filter((one) => one.offsetParent && one.scrollWidth > one.clientWidth + 1)
    .filter((one) => getComputedStyle(one).overflowX !== "visible")
    .map((one) => one.textContent.trim().slice(0, 40))"""
"""The texts of buttons, column headings and labels that are wider than their element."""
