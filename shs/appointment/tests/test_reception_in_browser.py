"""The desk's dialog in a browser, without a mouse: newcomers, possible doubles, unknown patients; and on a phone."""

from datetime import datetime, time
from unittest.mock import patch

from django.utils import timezone

from shs.appointment.models import Appointment, Registration, Status
from shs.testing import TestUsers
from shs.tests.browser import BrowserTestCase
from shs.tests.walk import ALL_RULES, MUTE_CONTROLS, PHONE, SMALL_TARGETS, STILL, TARGET_PX, Visit
from shs.users.contacts import set_phone
from shs.users.models import User

FOCUSED = "document.activeElement?.name || document.activeElement.textContent.trim()"

# A busy browser: what scripts do about a change of the page comes after everything else.
SLOW_OBSERVERS = """
MutationObserver = class extends MutationObserver {
  constructor(notice) { super((...changes) => setTimeout(() => notice(...changes), 100)); }
};
"""


class Reception(TestUsers, BrowserTestCase):
    def setUp(self):
        super().setUp()
        self.make_people()
        now = timezone.make_aware(datetime.combine(timezone.localdate(), time(10, 12)))
        stopped = patch("django.utils.timezone.now", return_value=now)
        stopped.start()
        self.addCleanup(stopped.stop)
        set_phone(person=self.alice, text="01712-345678", now=now)

    def board(self, page=None):
        page = page or self.open()
        self.log_in(page, self.erin.email)
        page.goto("/admin/desk/")
        page.locator("#desk-board").wait_for()
        self.keys = 0
        return page

    def press(self, page, *keys: str):
        """Press keys, which are counted; the letters of names and numbers are not."""
        for key in keys:
            page.keyboard.press(key)
        self.keys += len(keys)

    def test_a_newcomer_is_registered_and_booked_without_a_mouse(self):
        page = self.board()
        self.press(page, "n")
        page.get_by_role("dialog").wait_for()
        order = []
        for text in ("Rahim Uddin", "01812345678", "45"):
            order.append(page.evaluate(FOCUSED))
            page.keyboard.type(text)
            self.press(page, "Tab")
        order.append(page.evaluate(FOCUSED))
        self.press(page, "m", "Tab")
        order.append(page.evaluate(FOCUSED))
        self.press(page, "Enter")
        self.is_told(page, "Rahim Uddin: at 10:20, serial 5, to Dr. Carol.")
        self.assertEqual(order, ["name", "phone", "birth", "gender", "when"])
        visit = Appointment.objects.get(patient__name="Rahim Uddin")
        self.assertEqual((visit.status, visit.patient.profile.gender), (Status.CONFIRMED, "male"))
        self.assertEqual(self.keys, 7)
        page.locator("#shs-live:not(:empty)").wait_for(state="attached")
        self.press(page, "p")
        page.wait_for_url("**/slip/")
        page.get_by_role("img", name="QR code of the number").wait_for()
        self.assertEqual(page.evaluate(FOCUSED), "Print")

    def test_a_newcomer_with_a_name_in_bangla_walks_in_without_a_mouse(self):
        page = self.board()
        self.press(page, "w")
        page.get_by_role("dialog").wait_for()
        page.keyboard.type("রহিম উদ্দিন")
        self.press(page, "Tab")
        page.keyboard.type("০১৮১২৩৪৫৬৭৮")
        self.press(page, "Tab")
        page.keyboard.type("৪৫")
        self.press(page, "Tab", "m", "Enter")
        self.is_told(page, "রহিম উদ্দিন: at 10:20, serial 5, to Dr. Carol.")
        visit = Appointment.objects.get(patient__name_bn="রহিম উদ্দিন")
        self.assertTrue(visit.waits)
        self.assertEqual(self.keys, 6)

    def test_somebody_registered_is_chosen_with_one_key(self):
        page = self.board()
        self.press(page, "n")
        dialog = page.get_by_role("dialog")
        dialog.wait_for()
        self.press(page, "Tab")
        page.keyboard.type("01712345678")
        dialog.get_by_text("same phone").wait_for()
        self.assertIn("1 person may be the same", dialog.get_by_role("status").inner_text())
        self.assertNotIn("01712345678", dialog.locator("[data-people]").inner_text())
        self.press(page, "ArrowDown")
        self.assertTrue(dialog.get_by_role("radio", name="Alice").is_checked())
        self.assertIn("Alice", dialog.get_by_role("status").inner_text())
        self.press(page, "Enter")
        self.is_told(page, "Alice: at 10:20, serial 5, to Dr. Carol.")
        self.assertFalse(Registration.objects.exists())

    def test_what_is_typed_before_a_slow_dialog_opens_stands_in_its_first_field(self):
        def answer_late(route):
            page.keyboard.type("Rahim Wanx")
            page.keyboard.press("Backspace")
            route.continue_()

        page = self.open()
        page.add_init_script(SLOW_OBSERVERS)
        self.board(page)
        page.route("**/desk/register/?*", answer_late)
        self.press(page, "n")
        dialog = page.get_by_role("dialog")
        dialog.wait_for()
        page.keyboard.type("d")
        self.assertEqual(dialog.get_by_label("Name", exact=True).input_value(), "Rahim Wand")

    def test_who_leaves_the_phone_empty_is_asked_why(self):
        page = self.board()
        self.press(page, "n")
        page.get_by_role("dialog").wait_for()
        page.keyboard.type("Mina Begum")
        self.press(page, "Tab", "Tab")
        self.assertEqual(page.evaluate(FOCUSED), "no_phone")
        page.keyboard.type("none in the family")
        self.press(page, "Tab")
        page.keyboard.type("7 months")
        self.press(page, "Tab", "f", "Enter")
        self.is_told(page, "Mina Begum: at 10:20")
        self.assertEqual(Registration.objects.get().no_phone, "none in the family")

    def test_an_unknown_patient_is_registered_and_listed(self):
        page = self.board()
        self.press(page, "w")
        dialog = page.get_by_role("dialog")
        dialog.wait_for()
        dialog.get_by_label("Identity unknown").focus()
        self.press(page, "Space", "Tab")
        page.keyboard.type("found on the bridge, blue shirt")
        dialog.get_by_label("Age or date of birth").focus()
        page.keyboard.type("40")
        self.press(page, "Tab", "m", "Enter")
        self.is_told(page, "Unknown, male, about 40 years: at 10:20")
        page.goto("/admin/appointment/registration/")
        page.get_by_text("found on the bridge, blue shirt").wait_for()

    def test_a_double_press_of_enter_registers_once_and_errors_keep_what_was_typed(self):
        page = self.board()
        self.press(page, "n")
        dialog = page.get_by_role("dialog")
        dialog.wait_for()
        page.keyboard.type("Rahim Uddin")
        self.press(page, "Enter")
        dialog.get_by_text("Enter the age or the date of birth.").wait_for()
        self.assertEqual(dialog.get_by_label("Name", exact=True).input_value(), "Rahim Uddin")
        for label, text in (("Phone", "01812345678"), ("Age or date of birth", "45")):
            dialog.get_by_label(label, exact=True).fill(text)
        dialog.get_by_label("Sex").select_option("male")
        dialog.get_by_label("Name", exact=True).focus()
        self.press(page, "Enter", "Enter", "Enter")
        self.is_told(page, "Rahim Uddin: at 10:20")
        self.assertEqual(User.objects.filter(name="Rahim Uddin").count(), 1)


class ReceptionOnAPhone(Visit):
    def test_it_fits_in_both_languages_and_everything_has_a_name(self):
        self.make_people()
        set_phone(person=self.alice, text="01712-345678", now=timezone.now())
        page = self.enter("erin")
        page.set_viewport_size(PHONE)
        for language in ("en", "bn"):
            User.objects.without_history("a test").filter(pk=self.erin.pk).update(language=language)
            page.goto("/admin/desk/")
            page.locator("a[aria-keyshortcuts=w]").click()
            dialog = page.get_by_role("dialog")
            dialog.wait_for()
            page.locator("[name=phone]").fill("01712345678")
            dialog.get_by_role("radio").nth(1).check()
            page.add_style_tag(content=STILL)
            with self.subTest(language=language):
                self.assertEqual(self.axe(page, ALL_RULES, "dialog"), [])
                self.assertEqual(page.evaluate(SMALL_TARGETS, TARGET_PX), [])
                self.assertEqual(page.evaluate(MUTE_CONTROLS), [])
                self.assertLessEqual(page.evaluate("document.querySelector('dialog').scrollWidth"), 390)
                self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), 390)
