"""The desk board in a browser: check-in, undo, walk-in, automatic refresh, and the layout on a phone."""

from datetime import datetime, time
from unittest.mock import patch

from django.utils import timezone

from shs.appointment.models import Appointment
from shs.testing import TestUsers
from shs.tests.browser import BrowserTestCase


def at(hour: int, minute: int = 0) -> datetime:
    return timezone.make_aware(datetime.combine(timezone.localdate(), time(hour, minute)))


class DeskInBrowser(TestUsers, BrowserTestCase):
    def setUp(self):
        super().setUp()
        now, midnight = at(10, 12), at(0)
        self.make_people()
        self.todays = self.book(day=timezone.localdate(), at=time(10), now=midnight)
        self.todays.confirm(now=midnight)
        self.book(patient=self.bob, day=timezone.localdate(), at=time(11), now=midnight)
        clock = patch("django.utils.timezone.now", return_value=now)
        clock.start()
        self.addCleanup(clock.stop)

    def column(self, page, name: str):
        return page.get_by_role("region", name=name)

    def test_checking_in_undoing_it_and_adding_a_walk_in(self):
        page = self.open()
        self.log_in(page, self.erin.email)
        page.get_by_role("link", name="Desk board").click()
        self.column(page, "Confirmed").get_by_text("12 min late").wait_for()
        page.get_by_role("button", name="Check in: Alice").click()
        self.is_told(page, "The patient is checked in.")
        self.column(page, "Checked in").get_by_text("Alice").wait_for()
        self.assertTrue(Appointment.objects.get(pk=self.todays.pk).waits)
        page.get_by_role("button", name="Undo check-in: Alice").click()
        self.column(page, "Confirmed").get_by_role("link", name="Alice").first.wait_for()
        page.get_by_role("link", name="Walk-in", exact=True).click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Name", exact=True).fill("bob@example.com")
        dialog.get_by_role("radio", name="Bob").check()
        page.get_by_label("Proof of identity", exact=True).select_option(label="Document seen")
        page.get_by_label("Document", exact=True).select_option(label="Passport")
        page.get_by_label("Last four characters of its number").fill("47AB")
        dialog.get_by_role("button", name="Save").click()
        self.is_told(page, "Bob: at 10:20, serial 5, to Dr. Carol.")
        self.column(page, "Checked in").get_by_text("Bob").wait_for()

    def test_the_automatic_refresh_keeps_the_focus_and_an_open_dialog(self):
        page = self.open()
        self.log_in(page, self.erin.email)
        page.clock.install()
        page.goto("/admin/desk/")
        page.get_by_role("button", name="Check in: Alice").focus()
        self.book(patient=self.alice, day=timezone.localdate(), at=time(15), now=at(0))
        page.clock.fast_forward(31_000)
        self.column(page, "Requested").get_by_text("15:00").wait_for()
        page.get_by_text("The board has been updated.").wait_for()
        focused = page.evaluate("document.activeElement.getAttribute('aria-label')")
        self.assertEqual(focused, "Check in: Alice")
        self.column(page, "Confirmed").get_by_role("link", name="Cancel visit… Alice").click()
        page.get_by_role("dialog").get_by_label("Message to").fill("called in ill")
        self.todays.check_in(now=at(10, 10))
        page.clock.fast_forward(61_000)
        page.wait_for_load_state("networkidle")
        self.assertEqual(page.get_by_role("dialog").get_by_label("Message to").input_value(), "called in ill")
        self.assertEqual(self.column(page, "Confirmed").get_by_role("article").count(), 1)

    def test_the_board_does_not_scroll_horizontally_on_a_phone(self):
        page = self.open(width=390, height=844)
        self.log_in(page, self.erin.email)
        page.goto("/admin/desk/")
        for url in ("/admin/desk/", f"/admin/desk/print/?clinic={self.clinic.pk}"):
            page.goto(url)
            self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), 390)
        page.goto("/admin/desk/")
        self.assertTrue(page.get_by_role("link", name="Walk-in", exact=True).is_visible())
        small = page.evaluate(
            "[...document.querySelectorAll('#content :is(a, button, summary)')].filter((one) => one.offsetParent)"
            ".filter((one) => one.getBoundingClientRect().height < 24).map((one) => one.textContent.trim())"
        )
        self.assertEqual(small, [])
