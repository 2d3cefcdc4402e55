"""Sessions in a browser: the desk calls, the waiting room sees it, a phone shows the queue, and all survive a network
that is gone."""

from datetime import time
from unittest.mock import patch

from django.urls import reverse
from django.utils import timezone

from shs.appointment import queue_pages, services
from shs.appointment.models import code_of
from shs.appointment.tests.test_desk_in_browser import at
from shs.testing import TestUsers
from shs.tests.browser import BrowserTestCase


class QueueInBrowser(TestUsers, BrowserTestCase):
    def setUp(self):
        super().setUp()
        queue_pages.forget()
        self.addCleanup(queue_pages.forget)
        now, midnight = at(10, 12), at(0)
        self.make_people()
        self.visits = [
            self.book(patient=patient, day=timezone.localdate(), at=when, now=midnight)
            for patient, when in ((self.alice, time(10)), (self.bob, time(11)))
        ]
        for visit in self.visits:
            visit.confirm(now=midnight)
            visit.check_in(now=at(9, 50))
        clock = patch("django.utils.timezone.now", return_value=now)
        clock.start()
        self.addCleanup(clock.stop)
        self.screen = services.renew_screen(clinic=self.clinic, now=now)

    def sideways(self, page) -> int:
        """By how many pixels a page is wider than its window."""
        return page.evaluate("document.documentElement.scrollWidth - window.innerWidth")

    def test_the_desk_begins_calls_and_undoes_by_the_panel(self):
        page = self.open(width=390, height=844)
        self.log_in(page, self.erin.email)
        page.goto("/admin/desk/")
        page.get_by_role("link", name="Begin a session…").click()
        page.get_by_role("dialog").get_by_label("Room").fill("7")
        page.get_by_role("dialog").get_by_role("button", name="Begin", exact=True).click()
        panel = page.get_by_role("region", name="Sessions of today")
        panel.get_by_text("Room 7").wait_for()
        page.get_by_role("button", name="Call next: Dr. Carol").click()
        self.is_told(page, "The next patient is called.")
        panel.get_by_role("link", name="Alice").wait_for()
        self.assertLessEqual(self.sideways(page), 0)
        page.get_by_role("button", name="Undo: Dr. Carol").click()
        self.is_told(page, "The last step is undone.")
        panel.get_by_text("#4 Alice").wait_for()

    def test_the_waiting_room_sees_the_call_and_keeps_the_last_state_without_the_network(self):
        session = services.begin_session(doctor=self.dr_carol, clinic=self.clinic, room="7", now=timezone.now())
        page = self.open(width=1920, height=1080)
        page.clock.install()
        page.goto(reverse("waiting_room", args=(self.screen.code,)))
        page.get_by_text("Please wait for the next call").wait_for()
        services.call_next(session=session, now=timezone.now())
        queue_pages.forget()
        page.clock.fast_forward(16_000)
        page.locator(".doctor.new .number[lang=en]").wait_for()
        self.assertEqual(page.locator(".number[lang=en]").inner_text().split(), ["Serial", "4"])
        size = page.locator(".number[lang=en]").evaluate("one => parseFloat(getComputedStyle(one).fontSize)")
        self.assertGreater(size, 100)
        self.assertLessEqual(self.sideways(page), 0)
        self.assertFalse(page.evaluate("document.documentElement.scrollHeight > window.innerHeight"))
        self.expect_problem("ERR_INTERNET_DISCONNECTED")
        page.context.set_offline(True)
        page.clock.fast_forward(16_000)
        page.get_by_text("No connection. This is as of").wait_for()
        self.assertEqual(page.locator(".number[lang=en]").inner_text().split(), ["Serial", "4"])
        page.context.set_offline(False)
        page.clock.fast_forward(16_000)
        page.locator("#offline").wait_for(state="hidden")

    def test_a_phone_shows_the_queue_also_without_a_script(self):
        session = services.begin_session(doctor=self.dr_carol, clinic=self.clinic, room="7", now=timezone.now())
        services.call_next(session=session, now=timezone.now())
        path = reverse("queue", args=(code_of("queue", self.visits[1].pk),))
        page = self.open(width=390, height=844)
        page.goto(path)
        page.get_by_text("Please wait until your serial is called.").wait_for()
        self.assertLessEqual(self.sideways(page), 0)
        page.get_by_role("link", name="বাংলা").click()
        page.get_by_role("heading", name="আপনার সিরিয়াল").wait_for()
        context = self.browser.new_context(java_script_enabled=False, base_url=self.live_server_url)
        self.addCleanup(context.close)
        plain = context.new_page()
        plain.goto(path)
        self.assertIn("Your serial", plain.content())
