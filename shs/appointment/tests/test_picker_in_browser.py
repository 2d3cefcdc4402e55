"""Slots to click in a browser: by keyboard alone, with a mouse, on a phone, in Bangla, and without a script."""

from datetime import datetime, time, timedelta
from unittest.mock import patch

from django.utils import timezone

from shs.appointment.models import Appointment, Status
from shs.appointment.tests.test_desk_in_browser import at
from shs.core.dates import show_weekday
from shs.doctors.models import DoctorAvailability, TimeOff
from shs.doctors.services import refresh_derived
from shs.testing import TestUsers, make_doctor, make_user
from shs.tests.browser import BrowserTestCase
from shs.tests.walk import ALL_RULES, MUTE_CONTROLS, PHONE, SMALL_TARGETS, STILL, TARGET_PX, Visit
from shs.users.contacts import set_phone
from shs.users.models import Role, User

VALUE = "document.activeElement.value"


class Picking(TestUsers, BrowserTestCase):
    def setUp(self):
        super().setUp()
        self.make_people()
        self.now = timezone.make_aware(datetime.combine(timezone.localdate(), time(10, 12)))
        self.todays = self.book(day=timezone.localdate(), at=time(11), now=at(0))
        self.todays.confirm(now=at(0))
        set_phone(person=self.bob, text="01712-345678", now=at(0))
        stopped = patch("django.utils.timezone.now", return_value=self.now)
        stopped.start()
        self.addCleanup(stopped.stop)
        self.today, self.tomorrow = f"{timezone.localdate()}", f"{timezone.localdate() + timedelta(days=1)}"

    def board(self, **window):
        page = self.open(**window)
        self.log_in(page, self.erin.email)
        page.goto("/admin/desk/")
        page.locator("#desk-board").wait_for()
        self.keys = 0
        return page

    def press(self, page, *keys: str):
        for key in keys:
            page.keyboard.press(key)
        self.keys += len(keys)

    def test_a_phone_booking_of_somebody_known_for_tomorrow(self):
        page = self.board()
        self.press(page, "n")
        dialog = page.get_by_role("dialog")
        dialog.wait_for()
        self.press(page, "Tab")
        page.keyboard.type("01712345678")
        dialog.get_by_text("same phone").wait_for()
        self.press(page, "ArrowDown", "Tab", "Tab", "Tab")
        self.assertEqual(page.evaluate(VALUE), f"{self.today}T10:20")
        self.press(page, "ArrowRight", "ArrowRight")
        self.assertEqual(page.evaluate(VALUE), f"{self.today}T11:20", "11:00 is full and passed over")
        self.press(page, "ArrowDown")
        self.assertEqual(page.evaluate(VALUE), f"{self.tomorrow}T11:20")
        self.press(page, "Enter")
        day = show_weekday(timezone.localdate() + timedelta(days=1))
        self.is_told(page, f"Bob: on {day} at 11:20, serial 8, to Dr. Carol. Confirmed. Lakeside Clinic, fee BDT 800.")
        self.assertEqual(self.keys, 10)
        self.assertEqual(Appointment.objects.latest("pk").status, Status.CONFIRMED)

    def test_home_end_up_and_down_and_one_stop_of_tab(self):
        page = self.board()
        self.press(page, "n")
        page.get_by_role("dialog").wait_for()
        page.locator("[name=when]:checked").focus()
        for key, value in (
            ("End", f"{self.today}T16:40"),
            ("Home", f"{self.today}T10:20"),
            ("ArrowUp", "now"),
            ("ArrowUp", "now"),
            ("ArrowDown", f"{self.today}T10:20"),
            ("ArrowDown", f"{self.tomorrow}T10:20"),
            ("ArrowLeft", f"{self.tomorrow}T10:00"),
        ):
            self.press(page, key)
            self.assertEqual(page.evaluate(VALUE), value, key)
        self.press(page, "Tab")
        self.assertEqual(page.evaluate("document.activeElement.textContent"), "Later days")
        self.press(page, "Enter")
        page.locator("[data-picker] button", has_text="From today").wait_for()
        days = page.evaluate("[...document.querySelectorAll('[name=when]')].map(one => one.value.slice(0, 10))")
        self.assertNotIn(self.tomorrow, days)
        self.assertEqual(page.evaluate("document.activeElement?.name"), "when")

    def test_a_visit_is_moved_by_keyboard(self):
        page = self.board()
        page.goto(f"/admin/appointment/appointment/{self.todays.pk}/change/")
        page.get_by_role("link", name="Move…").focus()
        self.press(page, "Enter")
        dialog = page.get_by_role("dialog", name="Move")
        dialog.wait_for()
        self.assertIn("Alice", page.evaluate("document.getElementById('shs-step-about').textContent"))
        self.assertEqual(dialog.get_attribute("aria-describedby"), "shs-step-about")
        self.assertEqual(page.evaluate(VALUE), f"{self.today}T10:20")
        self.press(page, "Space", "ArrowDown", "Enter")
        self.is_told(page, "The visit has been moved.")
        self.todays.refresh_from_db()
        self.assertEqual(self.todays.starts_at, at(10, 20) + timedelta(days=1))
        self.assertEqual(self.keys, 4)

    def test_a_walk_in_to_who_is_not_here_today_takes_a_later_slot(self):
        rows = DoctorAvailability.objects.without_history("a test").filter(doctor=self.dr_carol)
        rows.filter(weekday=timezone.localdate().weekday()).delete()
        page = self.board()
        self.press(page, "w")
        page.get_by_role("dialog").wait_for()
        for words in ("Rahim Uddin", "01812345678", "45"):
            page.keyboard.type(words)
            self.press(page, "Tab")
        self.press(page, "m", "Enter")
        self.is_told(page, "Rahim Uddin: on")
        self.assertEqual(Appointment.objects.latest("pk").starts_at, at(9) + timedelta(days=1))
        self.assertEqual(self.keys, 6)

    def test_the_doctor_books_the_next_visit_from_the_visit(self):
        visit = self.take_place(days=1)
        page = self.open()
        self.log_in(page, self.carol.email)
        page.goto(f"/admin/appointment/appointment/{visit.pk}/change/")
        page.get_by_role("link", name="Book follow-up…").click()
        page.get_by_role("dialog", name="Book follow-up").wait_for()
        self.assertEqual(page.evaluate(VALUE), f"{self.today}T10:20")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        self.is_told(page, "The next visit is booked.")
        self.assertEqual(Appointment.objects.latest("pk").starts_at, at(10, 20) + timedelta(days=1))

    def test_a_specialty_shows_its_doctors_and_leads_to_all_times_of_one(self):
        skin = self.dr_carol.specializations.model.objects.create(name="Dermatology", slug="skin")
        zoe = make_doctor(make_user("Dr. Zoe", Role.DOCTOR), self.clinic)
        yusuf = make_doctor(make_user("Dr. Yusuf", Role.DOCTOR), self.clinic)
        yusuf.specializations.set([skin])
        refresh_derived(yusuf)
        TimeOff.objects.create(doctor=zoe, starts_at=at(0), ends_at=at(12))
        page = self.board()
        page.keyboard.press("n")
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Name", exact=True).fill("Rahim Uddin")
        dialog.get_by_label("Phone", exact=True).fill("01812345678")
        dialog.get_by_label("Age or date of birth").fill("45")
        dialog.get_by_label("Sex").select_option("male")
        dialog.get_by_label("Specialty").select_option(label="Cardiology")
        dialog.get_by_role("radio", name="Dr. Zoe: Today, 12:00").wait_for()
        self.assertEqual(dialog.get_by_role("radio", name="Dr. Yusuf").count(), 0)
        dialog.get_by_role("button", name="All times of Dr. Zoe").click()
        dialog.get_by_role("radio", name="Today, 12:20, serial 11").check()
        dialog.get_by_role("button", name="Save").click()
        self.is_told(page, "Rahim Uddin: at 12:20, serial 11, to Dr. Zoe.")

    def test_without_a_script_days_are_turned_and_a_slot_is_booked(self):
        context = self.browser.new_context(base_url=self.live_server_url, java_script_enabled=False)
        self.addCleanup(context.close)
        page = context.new_page()
        self.log_in(page, self.erin.email)
        page.goto("/admin/desk/register/?when=later")
        for label, words in (("Name", "Rahim Uddin"), ("Phone", "01812345678"), ("Age or date of birth", "45")):
            page.get_by_label(label, exact=True).fill(words)
        page.get_by_label("Sex").select_option("male")
        page.get_by_role("button", name="Later days").click()
        self.assertEqual(page.get_by_label("Name", exact=True).input_value(), "Rahim Uddin")
        day = timezone.localdate() + timedelta(days=7)
        page.locator(f"[name=when][value='{day}T09:20']").check()
        page.get_by_role("button", name="Save").click()
        page.get_by_text(f"Rahim Uddin: on {show_weekday(day)} at 09:20, serial 2, to Dr. Carol.").first.wait_for()


class PickingOnAPhone(Visit):
    def test_it_fits_in_both_languages_and_everything_has_a_name(self):
        self.make_people()
        page = self.enter("erin")
        page.set_viewport_size(PHONE)
        for language in ("en", "bn"):
            User.objects.without_history("a test").filter(pk=self.erin.pk).update(language=language)
            for where, link in (
                ("/admin/desk/", "a[aria-keyshortcuts=n]"),
                (f"/admin/appointment/appointment/{self.visit.pk}/change/", "a[href*='/step/reschedule/']"),
            ):
                page.goto(where)
                page.locator(link).click()
                page.get_by_role("dialog").wait_for()
                page.locator("[data-picker] input:not(:disabled)").first.wait_for(state="attached")
                page.add_style_tag(content=STILL)
                with self.subTest(language=language, where=where):
                    self.assertEqual(self.axe(page, ALL_RULES, "dialog"), [])
                    self.assertEqual(page.evaluate(SMALL_TARGETS, TARGET_PX), [])
                    self.assertEqual(page.evaluate(MUTE_CONTROLS), [])
                    self.assertLessEqual(page.evaluate("document.querySelector('dialog').scrollWidth"), 390)
                    self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), 390)
                    tall = "[...document.querySelectorAll('.shs-pick')].map(one => one.getBoundingClientRect().height)"
                    self.assertGreaterEqual(min(page.evaluate(tall)), 32)
