"""The desk's whole morning in a browser, with what each part costs: a newcomer, a phone booking, a walk-in, a late
doctor, leave, and a slip that is printed again.

    python manage.py test shs.appointment.tests.test_morning -v 2

prints clicks, keys, seconds and the queries of each page. Clicks and keys may not grow beyond BUDGETS."""

from datetime import datetime, time
from unittest.mock import patch

from django.utils import timezone

from shs.appointment.models import Appointment, Status
from shs.doctors.models import TimeOff
from shs.testing import TestUsers, make_doctor, make_user, soon
from shs.tests.browser import BrowserTestCase
from shs.tests.effort import Measured
from shs.users.contacts import set_phone
from shs.users.models import Role

BUDGETS = {
    "newcomer": (0, 30),
    "phone booking": (0, 15),
    "walk-in": (0, 23),
    "late doctor": (1, 3),
    "leave": (3, 0),
    "reprint": (2, 0),
}
"""Clicks and keys, of which most are the letters of names and numbers."""
MOST_QUERIES = 16
"""Of any page that is shown; the budgets of single pages are those of their own tests."""


def today_at(hour: int, minute: int = 0) -> datetime:
    return timezone.make_aware(datetime.combine(timezone.localdate(), time(hour, minute)))


class Morning(Measured, TestUsers, BrowserTestCase):
    def setUp(self):
        super().setUp()
        self.make_people()
        make_doctor(make_user("Dr. Wendy", Role.DOCTOR), self.clinic)
        now, midnight = today_at(10, 12), today_at(0)
        set_phone(person=self.alice, text="01712-345678", now=now)
        set_phone(person=self.bob, text="01912-345678", now=now)
        for hour in (14, 15):
            person = make_user(f"Afternoon{hour}", Role.PATIENT)
            self.book(patient=person, day=timezone.localdate(), at=time(hour), now=midnight).confirm(now=midnight)
        for hour in range(11, 17):
            person = make_user(f"Tomorrow{hour}", Role.PATIENT)
            self.book(patient=person, day=soon(1), at=time(hour), now=midnight).confirm(now=midnight)
        stopped = patch("django.utils.timezone.now", return_value=now)
        stopped.start()
        self.addCleanup(stopped.stop)

    def test_the_whole_morning(self):
        page = self.open()
        self.log_in(page, self.erin.email)
        page.goto("/admin/desk/")
        with self.queries.counted():
            for name in BUDGETS:
                page.locator("#desk-board").wait_for()
                with self.part(name):
                    getattr(self, name.replace(" ", "_").replace("-", "_"))(page)
                page.goto("/admin/desk/")
        self.show()
        for effort in self.done:
            with self.subTest(part=effort.part):
                clicks, keys = BUDGETS[effort.part]
                self.assertLessEqual(effort.clicks, clicks)
                self.assertLessEqual(effort.keys, keys)
        for name, count in self.queries.most.items():
            if name.startswith("GET "):
                self.assertLessEqual(count, MOST_QUERIES, name)

    def newcomer(self, page):
        self.press(page, "n")
        page.get_by_role("dialog").wait_for()
        for text in ("Rahim Uddin", "01812345678", "45"):
            self.type(page, text)
            self.press(page, "Tab")
        self.press(page, "m", "Enter")
        self.is_told(page, "Rahim Uddin: at 10:20")
        self.assertEqual(Appointment.objects.get(patient__name="Rahim Uddin").status, Status.CONFIRMED)

    def phone_booking(self, page):
        self.press(page, "n")
        dialog = page.get_by_role("dialog")
        dialog.wait_for()
        self.press(page, "Tab")
        self.type(page, "01712345678")
        dialog.get_by_text("same phone").wait_for()
        self.press(page, "ArrowDown", "Enter")
        self.is_told(page, "Alice: at ")
        self.assertEqual(self.alice.appointments.filter(status=Status.CONFIRMED).count(), 1)

    def walk_in(self, page):
        self.press(page, "w")
        dialog = page.get_by_role("dialog")
        dialog.wait_for()
        self.press(page, "Tab")
        self.type(page, "01912345678")
        dialog.get_by_text("same phone").wait_for()
        self.press(page, "ArrowDown")
        proof = page.get_by_label("Proof of identity", exact=True)
        proof.wait_for()
        proof.focus()
        self.press(page, "D", "Tab", "P", "Tab")
        self.type(page, "47AB")
        self.press(page, "Enter")
        self.is_told(page, "Bob: at ")
        self.assertTrue(self.bob.appointments.get().waits)

    def late_doctor(self, page):
        self.click(page.get_by_role("link", name="Doctor is late…"))
        page.get_by_role("dialog").wait_for()
        minutes = page.get_by_label("Minutes late")
        minutes.focus()
        self.type(page, "40")
        self.press(page, "Enter")
        self.is_told(page, "patients are told.")
        page.get_by_text("Dr. Carol is 40 minutes late").wait_for()

    def leave(self, page):
        page.goto(f"/admin/desk/?day={soon(1)}&clinic={self.clinic.pk}&doctor={self.dr_carol.pk}")
        self.click(page.get_by_role("link", name="Doctor is away…"))
        self.click(page.get_by_role("button", name="Save", exact=True))
        page.get_by_role("heading", name="6 booked visits are affected").wait_for()
        self.click(page.get_by_role("button", name="Apply these decisions"))
        self.is_told(page, "6 visits were moved.")
        self.assertEqual(TimeOff.objects.get().doctor, self.dr_carol)

    def reprint(self, page):
        self.click(page.get_by_role("link", name="Rahim Uddin", exact=True))
        self.click(page.get_by_role("link", name="Print slip"))
        page.get_by_role("img", name="QR code of the number").wait_for()
