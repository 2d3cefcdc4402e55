"""A sick note in a browser, written from the page of the visit by keyboard, on a desk and on a phone."""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from shs.letters.models import Letter
from shs.letters.tests.scenes import Desk
from shs.tests.browser import BrowserTestCase


class SickNoteInBrowser(Desk, BrowserTestCase):
    def setUp(self):
        super().setUp()
        self.make_people()

    def write(self, width: int, height: int) -> None:
        """Open the visit, write a sick note of three days and see it listed there."""
        page = self.open(width=width, height=height)
        self.log_in(page, self.carol.email)
        page.goto(reverse("admin:visit", args=(self.begun.pk,)))
        papers = page.locator("#letters")
        with self.new_page(page):
            papers.get_by_role("link", name="Sick note…").click()
        self.has_focus(page, "days")
        self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), width)
        self.assertFalse(page.get_by_label("Print the diagnosis").is_checked())
        page.keyboard.type("3")
        with self.new_page(page):
            page.keyboard.press("Enter")
        self.is_told(page, "It is issued.")
        found = Letter.objects.get(status="issued")
        first = timezone.localdate(self.begun.starts_at)
        self.assertEqual(found.days, (first, first + timedelta(days=2)))
        self.assertEqual(found.written["parts"], [])
        papers.get_by_text("Sick note", exact=True).first.wait_for()
        self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), width)
        address = papers.get_by_role("link", name="Open PDF to print").first.get_attribute("href")
        paper = page.request.get(address)
        self.assertEqual((paper.status, paper.headers["content-type"]), (200, "application/pdf"))
        page.goto(reverse("letter", args=(found.code,)))
        page.get_by_text("VALID").wait_for()
        found.cancel(reason="the next one is written")
        page.context.close()

    def test_a_sick_note_is_written_from_the_visit_on_a_desk_and_on_a_phone(self):
        self.write(1440, 900)
        self.write(390, 844)
