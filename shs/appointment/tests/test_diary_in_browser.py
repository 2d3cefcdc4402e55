"""The calendar in a browser: by keyboard, on a phone, in Bangla, and a booking, a move and a check-in
from it."""

import re
from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import Locator, Page

from shs.appointment.models import Appointment, Status
from shs.appointment.tests.test_desk import at
from shs.doctors.services import add_time_off
from shs.testing import make_doctor, make_user
from shs.tests.walk import ALL_RULES, CONTRAST, DESK, MUTE_CONTROLS, PHONE, SMALL_TARGETS, STILL, TARGET_PX, Visit
from shs.users.models import Role, User

FOCUSED = "document.activeElement.textContent.replace(/\\s+/g, ' ').trim()"
WIDTH = "document.documentElement.scrollWidth"


class CalendarInBrowser(Visit):
    """Two days from now, when Alice has a visit to Dr. Carol at 10:00."""

    def setUp(self):
        super().setUp()
        self.make_people()
        self.day = timezone.localdate(self.visit.starts_at)
        self.visit.confirm(now=timezone.now())
        self.nadia = make_doctor(make_user("Dr. Nadia", Role.DOCTOR), self.clinic)

    def calendar(self, who: str = "erin", query: str = "") -> Page:
        page = self.enter(who)
        page.goto(f"/admin/calendar/?day={self.day}&view=day{query}")
        page.locator("table[role=grid]").wait_for()
        return page

    def link(self, page: Page, words: str) -> Locator:
        """The link of the table with these words, however its parts are set apart."""
        return page.locator("td a").filter(has_text=re.compile(r"\s*".join(map(re.escape, words.split()))))

    def press(self, page: Page, *keys: str) -> str:
        for key in keys:
            page.keyboard.press(key)
        return page.evaluate(FOCUSED)

    def test_arrows_move_and_one_link_is_a_tab_stop(self):
        page = self.calendar()
        self.assertEqual(page.locator("table td a[tabindex='0']").count(), 1)
        self.assertEqual(self.press(page, "ArrowDown"), "09:00 free, Dr. Carol")
        self.assertEqual(self.press(page, "ArrowRight"), "09:00 free, Dr. Nadia")
        self.assertEqual(self.press(page, "ArrowRight"), "09:00 free, Dr. Nadia")
        self.assertEqual(self.press(page, "ArrowDown", "ArrowDown", "ArrowDown"), "10:00 free, Dr. Nadia")
        self.assertEqual(self.press(page, "ArrowLeft"), "10:00 #4 Alice Confirmed, Dr. Carol")
        self.assertEqual(self.press(page, "End"), "16:40 free, Dr. Carol")
        self.assertEqual(self.press(page, "Home", "ArrowUp"), "09:00 free, Dr. Carol")
        self.assertEqual(page.locator("table td a[tabindex='0']").count(), 1)

    def test_keys_lead_to_other_days_to_the_week_and_to_today(self):
        page = self.calendar()
        for key, wanted in (("]", 1), ("[", 0), ("]", 1)):
            page.keyboard.press(key)
            page.wait_for_url(f"**day={self.day + timedelta(wanted)}**")
            page.locator("table[role=grid]").wait_for()
        self.press(page, "ArrowDown")
        page.keyboard.press("PageUp")
        page.wait_for_url(f"**day={self.day}**")
        page.locator("table[role=grid]").wait_for()
        page.keyboard.press("v")
        page.wait_for_url("**view=week**")
        page.locator("table.shs-diary-sums[role=grid]").wait_for()
        page.keyboard.press("t")
        page.wait_for_url(f"**day={timezone.localdate()}**")

    def test_a_visit_is_checked_moved_and_cancelled_from_its_dialog(self):
        page = self.calendar()
        self.press(page, "ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown")
        page.keyboard.press("Enter")
        dialog = page.get_by_role("dialog")
        dialog.get_by_text("Confirmed").wait_for()
        self.assertEqual(page.evaluate(FOCUSED), "Alice")
        page.add_style_tag(content=STILL)
        self.assertEqual(self.axe(page, ALL_RULES, "dialog"), [])
        dialog.get_by_role("link", name="Cancel visit…").click()
        dialog.get_by_role("heading", name="Cancel visit").wait_for()
        page.keyboard.press("Escape")
        self.assertIn("Alice", page.evaluate(FOCUSED))
        page.keyboard.press("Enter")
        dialog.get_by_role("link", name="Move…").click()
        dialog.get_by_role("heading", name="Move").wait_for()
        self.assertIn("Alice", dialog.inner_text())

    def test_what_asks_nothing_is_done_at_once_and_leads_back_to_the_calendar(self):
        Appointment.objects.without_history("a test").filter(pk=self.visit.pk).update(status=Status.PENDING)
        page = self.calendar()
        page.get_by_role("link", name="Alice").click()
        page.get_by_role("dialog").get_by_role("button", name="Confirm").click()
        self.is_told(page, "The visit is confirmed.")
        self.assertIn(f"/admin/calendar/?day={self.day}", page.url)
        self.assertEqual(Appointment.objects.get(pk=self.visit.pk).status, Status.CONFIRMED)

    def test_a_free_slot_is_booked_with_its_doctor_and_time(self):
        page = self.calendar()
        self.link(page, "11:20 free, Dr. Nadia").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Name", exact=True).fill("alice@example.com")
        dialog.get_by_role("radio", name="Alice").check()
        dialog.get_by_role("button", name="Save").click()
        self.is_told(page, "Alice: on")
        self.link(page, "11:20 #8 Alice Confirmed, Dr. Nadia").wait_for()
        self.assertIn(f"/admin/calendar/?day={self.day}", page.url)
        visit = Appointment.objects.get(doctor=self.nadia)
        self.assertEqual((visit.patient, f"{timezone.localtime(visit.starts_at):%H:%M}"), (self.alice, "11:20"))

    def test_it_is_renewed_by_itself_and_keeps_the_focus(self):
        page = self.enter("erin")
        page.clock.install()
        page.goto(f"/admin/calendar/?day={self.day}&view=day")
        page.locator("table[role=grid]").wait_for()
        self.link(page, "09:20 free, Dr. Carol").focus()
        self.visit.cancel(reason="ill")
        page.clock.fast_forward(31_000)
        self.link(page, "10:00 free, Dr. Carol").wait_for()
        page.get_by_text("The calendar has been updated.").wait_for()
        self.assertEqual(page.evaluate(FOCUSED), "09:20 free, Dr. Carol")
        self.assertEqual(page.locator("table[role=grid] td a[tabindex='0']").count(), 1)

    def test_it_fits_on_a_phone_and_a_screen_in_both_languages_and_themes(self):
        day = (self.day - timezone.localdate()).days
        add_time_off(doctor=self.nadia, starts_at=at(11, 30, days=day), ends_at=at(14, days=day))
        self.visit.lose_doctor(now=timezone.now())
        page = self.enter("erin")
        doctor = f"&doctor={self.dr_carol.pk}&clinic={self.clinic.pk}"
        for language in ("en", "bn"):
            User.objects.without_history("a test").filter(pk=self.erin.pk).update(language=language)
            for query in ("view=day", f"view=day{doctor}", "view=week", f"view=week{doctor}"):
                page.set_viewport_size(DESK)
                page.goto(f"/admin/calendar/?day={self.day}&{query}")
                page.locator("table[role=grid]").wait_for()
                with self.subTest(language=language, query=query):
                    self.assert_fits(page)
                    if query == "view=day" and language == "bn":
                        self.assertIn("ছুটিতে", page.locator("table").inner_text())

    def assert_fits(self, page: Page) -> None:
        page.evaluate("document.fonts.ready")
        page.add_style_tag(content=STILL)
        self.assertEqual(self.axe(page, ALL_RULES, "#main"), [])
        page.evaluate("document.documentElement.classList.add('dark')")
        self.assertEqual(self.axe(page, CONTRAST, "#main"), [])
        page.evaluate("document.documentElement.classList.remove('dark')")
        self.assertLessEqual(page.evaluate(WIDTH), DESK["width"])
        page.set_viewport_size(PHONE)
        self.assertLessEqual(page.evaluate(WIDTH), PHONE["width"])
        self.assertEqual(page.evaluate(SMALL_TARGETS, TARGET_PX), [])
        self.assertEqual(page.evaluate(MUTE_CONTROLS), [])

    def test_on_a_phone_a_day_is_a_list_by_time(self):
        page = self.calendar(query=f"&doctor={self.dr_carol.pk}&clinic={self.clinic.pk}")
        page.set_viewport_size(PHONE)
        tops = page.evaluate("[...document.querySelectorAll('td a')].map(link => link.getBoundingClientRect().top)")
        self.assertEqual(tops, sorted(set(tops)))
        self.assertEqual(len(tops), 24)

    def test_a_doctor_reads_their_week_and_prints_it(self):
        page = self.enter("carol")
        page.add_init_script("window.print = () => { document.title = 'printed'; }")
        page.goto(f"/admin/calendar/?day={self.day}")
        self.assertEqual(page.locator("thead th").count(), 8)
        page.get_by_role("link", name="Alice").first.wait_for()
        page.get_by_role("link", name="Print…").click()
        page.wait_for_function("document.title === 'printed'")
        page.emulate_media(media="print")
        self.assertFalse(page.locator("#nav-sidebar").is_visible())
        self.assertTrue(page.locator("table[data-diary]").is_visible())
        self.assertFalse(page.get_by_role("link", name="Print…").is_visible())
