"""The planner in a browser: leave over six visits, decided one by one and for all, with and without a mouse, and on a
phone; and a suspension, whose planner opens in the dialog."""

from datetime import datetime, time, timedelta

from django.urls import reverse
from django.utils import timezone

from shs.appointment.models import Appointment, Status
from shs.doctors.models import TimeOff, Verification
from shs.testing import TestUsers, make_doctor, make_user, soon
from shs.tests.browser import BrowserTestCase
from shs.tests.walk import MUTE_CONTROLS, SMALL_TARGETS, TARGET_PX
from shs.users.models import Role

FOCUSED = "document.activeElement?.name || document.activeElement.textContent.trim()"
MOST_TABS = 12


class Leave(TestUsers, BrowserTestCase):
    def setUp(self):
        super().setUp()
        self.make_people()
        self.dr_wendy = make_doctor(make_user("Dr. Wendy", Role.DOCTOR), self.clinic)
        Appointment.objects.without_history("six others").filter(pk=self.visit.pk).update(status=Status.CANCELLED)
        self.visits = [
            self.book(patient=make_user(f"Patient {letter}", Role.PATIENT), at=time(10, 20 * (n % 3)) if n < 3 else at)
            for n, (letter, at) in enumerate(zip("ABCDEF", [time(11), time(11, 20), time(11, 40)] * 2, strict=True))
        ]
        for visit in self.visits:
            visit.confirm(now=timezone.now())

    def states(self) -> list[str]:
        rows = {visit.pk: visit for visit in Appointment.objects.select_related("doctor")}
        return [self.state(rows[visit.pk]) for visit in self.visits]

    def state(self, visit: Appointment) -> str:
        if visit.without_doctor_since:
            return "left"
        day = "" if timezone.localdate(visit.starts_at) == soon() else " later"
        return visit.status if visit.status != Status.CONFIRMED else f"{visit.doctor.name}{day}"

    def form(self, page, user) -> None:
        """The doctor's form of time off over the day of the visits, filled in."""
        self.log_in(page, user.email)
        first = timezone.make_aware(datetime.combine(soon(), time()))
        period = f"starts_at={first:%Y-%m-%dT%H:%M}%2B06:00&ends_at={first + timedelta(days=1):%Y-%m-%dT%H:%M}%2B06:00"
        page.goto(f"{reverse('admin:doctors_timeoff_add')}?{period}")
        page.get_by_label("Reason").fill("a course")

    def heading(self, page):
        return page.get_by_role("heading", name="6 booked visits are affected")

    def choices(self, page):
        return page.get_by_role("combobox", name="What should happen to the visit of")

    def test_one_by_one_on_a_large_screen(self):
        page = self.open()
        self.form(page, self.carol)
        page.get_by_role("button", name="Save", exact=True).click()
        self.heading(page).wait_for()
        self.assertFalse(TimeOff.objects.exists())
        values = [each.locator("option").all_inner_texts() for each in self.choices(page).all()]
        self.assertEqual([len(each) for each in values], [4] * 6)
        for number, words in enumerate(("Cancel the visit", "Decide later", "To Dr. Wendy")):
            choice = self.choices(page).nth(number)
            choice.select_option(label=next(label for label in values[number] if label.startswith(words)))
        page.get_by_role("button", name="Apply these decisions").click()
        self.is_told(page, "4 visits were moved. 1 visit was cancelled.")
        self.is_told(page, "1 visit is without a doctor until somebody decides.")
        self.assertEqual(self.states(), ["cancelled", "left", "Dr. Wendy", *["Dr. Carol later"] * 3])
        self.assertEqual(TimeOff.objects.get().reason, "a course")

    def test_all_at_once_on_a_phone(self):
        page = self.open(width=390, height=844)
        self.form(page, self.carol)
        page.get_by_role("button", name="Save", exact=True).click()
        self.heading(page).wait_for()
        self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), 390)
        self.assertEqual(page.evaluate(SMALL_TARGETS, TARGET_PX), [])
        self.assertEqual(page.evaluate(MUTE_CONTROLS), [])
        page.get_by_role("button", name="Cancel all").click()
        self.is_told(page, "6 visits were cancelled.")
        self.assertEqual(self.states(), ["cancelled"] * 6)

    def test_without_a_mouse(self):
        page = self.open()
        self.form(page, self.carol)
        page.keyboard.press("Enter")
        self.heading(page).wait_for()
        for number, key in enumerate("CDT"):
            if number:
                page.keyboard.press("Tab")  # "Other times…" of the visit before
                page.keyboard.press("Tab")
            self.has_focus(page, "decide_")
            page.keyboard.press(key)
        for _press in range(MOST_TABS):
            page.keyboard.press("Tab")
            if page.evaluate(FOCUSED) == "Apply these decisions":
                break
        page.keyboard.press("Enter")
        self.is_told(page, "4 visits were moved. 1 visit was cancelled.")
        self.assertEqual(self.states(), ["cancelled", "left", "Dr. Wendy", *["Dr. Carol later"] * 3])

    def test_changing_nothing_stores_nothing(self):
        page = self.open()
        self.form(page, self.carol)
        page.get_by_role("button", name="Save", exact=True).click()
        self.heading(page).wait_for()
        page.get_by_role("link", name="Change nothing").click()
        page.wait_for_url("**/timeoff/")
        self.assertEqual((TimeOff.objects.exists(), self.states()), (False, ["Dr. Carol"] * 6))

    def test_a_suspension_asks_in_its_dialog_at_both_widths(self):
        for width in (1440, 390):
            page = self.open(width=width, height=844)
            self.log_in(page, self.frank.email)
            page.goto(reverse("admin:doctors_doctorinformation_change", args=(self.dr_carol.pk,)))
            page.get_by_role("link", name="Suspend").first.click()
            dialog = page.get_by_role("dialog")
            dialog.get_by_label("Reason").first.select_option("sanction")
            dialog.get_by_role("button", name="Suspend").click()
            self.heading(dialog).wait_for()
            self.assertLessEqual(page.evaluate("document.querySelector('dialog').scrollWidth"), width)
            self.assertEqual(page.evaluate(MUTE_CONTROLS), [])
            if width == 1440:
                dialog.get_by_role("link", name="Change nothing").click()
                self.assertEqual(self.states(), ["Dr. Carol"] * 6)
        dialog.get_by_role("button", name="Apply these decisions").click()
        self.is_told(page, "6 visits were moved.")
        self.dr_carol.refresh_from_db()
        self.assertEqual(self.dr_carol.verification_status, Verification.SUSPENDED)
        self.assertEqual(self.states(), ["Dr. Wendy"] * 6)
