"""The office in a browser: double clicks, going back and sending again, reloads, and the board under a thumb."""

from datetime import time
from unittest.mock import patch

from django.utils import timezone

from shs.appointment.models import Appointment
from shs.appointment.tests.test_desk_in_browser import at
from shs.notices.models import Notice, State
from shs.testing import TestUsers
from shs.tests.browser import BrowserTestCase
from shs.users.contacts import set_phone
from shs.users.models import UserProfile

SMALL = """size => [...document.querySelectorAll('#content :is(a, button, summary, select, input)')]
    .filter((one) => one.checkVisibility() && one.type !== 'hidden' && !one.closest('p.shs-muted'))
    .map((one) => [one.textContent.trim() || one.name, one.getBoundingClientRect()])
    .filter(([, box]) => box.width > 1 && (box.height < size - .5 || box.width < size - .5))
    .map(([name, box]) => `${name} ${Math.round(box.width)}×${Math.round(box.height)}`)"""


class OnceInBrowser(TestUsers, BrowserTestCase):
    def setUp(self):
        super().setUp()
        self.make_people()
        self.todays = self.book(day=timezone.localdate(), at=time(10), now=at(0))
        self.asked = [
            self.book(patient=self.bob, day=timezone.localdate(), at=time(hour), now=at(0)) for hour in (11, 12)
        ]
        self.todays.confirm(now=at(0))
        clock = patch("django.utils.timezone.now", return_value=at(9, 50))
        clock.start()
        self.addCleanup(clock.stop)
        self.page = self.open()
        self.log_in(self.page, self.erin.email)

    def versions(self, visit: Appointment) -> int:
        return Appointment.history.filter(id=visit.pk).count()

    def test_a_double_click_on_a_button_of_the_board_does_it_once(self):
        before = self.versions(self.todays)
        self.page.goto("/admin/desk/")
        self.page.get_by_role("button", name="Check in: Alice").dblclick()
        self.is_told(self.page, "The patient is checked in.")
        self.assertEqual(self.versions(self.todays), before + 1)

    def test_clicks_that_all_arrive_do_it_once_and_a_later_one_is_told_so(self):
        before = self.versions(self.todays)
        self.page.goto("/admin/desk/")
        # Without the script, so that nothing stops the second click. Whichever answer is last, it tells what was done.
        sent = self.page.evaluate(
            """async () => {
              const action = document.querySelector('[data-key^="check_in-"]').formAction;
              const form = new URLSearchParams(new FormData(document.getElementById('desk-steps')));
              const send = () => fetch(action, { method: 'POST', body: form, redirect: 'manual' });
              await Promise.all([send(), send(), send()]);
              return [action, form.toString()];
            }"""
        )
        self.page.goto("/admin/desk/")
        self.is_told(self.page, "The patient is checked in.")
        self.page.evaluate(
            """([action, form]) =>
              fetch(action, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' })""",
            sent,
        )
        self.page.goto("/admin/desk/")
        self.is_told(self.page, "This was done already.")
        self.assertEqual(self.versions(self.todays), before + 1)

    def test_a_double_click_in_a_dialog_does_it_once(self):
        self.page.goto("/admin/desk/")
        self.page.get_by_role("link", name="Cancel visit… Alice").click()
        dialog = self.page.get_by_role("dialog")
        dialog.get_by_label("Cancelled by").select_option("patient")
        dialog.get_by_label("Reason").select_option("cannot_come")
        dialog.get_by_role("button", name="Cancel visit").dblclick()
        self.is_told(self.page, "The visit is cancelled.")
        self.assertEqual(Appointment.history.filter(id=self.todays.pk, status="cancelled").count(), 1)

    def test_a_double_click_in_the_dialog_of_the_desk_registers_once(self):
        self.page.goto("/admin/desk/")
        self.page.get_by_role("link", name="Walk-in", exact=True).click()
        dialog = self.page.get_by_role("dialog")
        dialog.get_by_label("Name", exact=True).fill("Rahim Uddin")
        dialog.get_by_label("Phone", exact=True).fill("01712345678")
        dialog.get_by_label("Age or date of birth").fill("45")
        dialog.get_by_label("Sex").select_option("male")
        dialog.get_by_role("button", name="Save").dblclick()
        self.is_told(self.page, "Rahim Uddin: at")
        self.assertEqual(UserProfile.objects.filter(user__name="Rahim Uddin").count(), 1)

    def confirm_all(self) -> None:
        self.page.goto("/admin/desk/")
        self.page.get_by_role("link", name="Confirm all…").click()
        self.page.get_by_role("button", name="Confirm these visits").dblclick()
        self.is_told(self.page, "2 visits are confirmed.")

    def test_going_back_and_sending_again_does_it_once(self):
        self.confirm_all()
        before = [self.versions(visit) for visit in self.asked]
        keys = "() => document.querySelector('.shs-step input[name=once]')?.value"
        self.page.go_back()
        if not self.page.evaluate(keys):  # the page is read again, and says that nothing is left to confirm
            self.page.get_by_text("None of these visits can be confirmed.").wait_for()
        else:
            self.page.get_by_role("button", name="Confirm these visits").click()
            self.is_told(self.page, "This was done already.")
        self.assertEqual([self.versions(visit) for visit in self.asked], before)

    def test_a_form_is_sent_with_the_same_key_after_going_back_unless_it_was_changed(self):
        page = self.page
        page.goto(f"/admin/appointment/appointment/{self.todays.pk}/step/cancel/")
        page.get_by_label("Cancelled by").select_option("patient")
        page.get_by_label("Reason").select_option("cannot_come")
        key = "() => document.querySelector('.shs-step input[name=once]').value"
        sent = page.evaluate(key)
        page.get_by_role("button", name="Cancel visit").click()
        page.get_by_text("The visit is cancelled.").first.wait_for()
        page.go_back()
        page.wait_for_load_state()
        if page.locator(".shs-step").count():
            self.assertEqual(page.evaluate(key), sent)
        self.assertEqual(Appointment.history.filter(id=self.todays.pk, status="cancelled").count(), 1)

    def test_a_reload_after_the_answer_does_nothing_again(self):
        self.confirm_all()
        before = [self.versions(visit) for visit in self.asked]
        self.page.reload()
        self.assertEqual([self.versions(visit) for visit in self.asked], before)

    def test_buttons_wait_and_can_be_pressed_again_when_the_server_is_away(self):
        page = self.page
        page.goto("/admin/desk/")
        self.expect_problem("ERR_FAILED")
        page.route("**/healthz", lambda route: route.abort())
        button = page.get_by_role("button", name="Check in: Alice")
        button.click()
        page.get_by_text("No connection. Nothing you typed is lost").first.wait_for()
        self.assertTrue(button.is_enabled())
        page.unroute("**/healthz")
        page.evaluate(
            """() => {
              const button = document.querySelector('[data-key^="check_in-"]');
              const said = document.getElementById('shs-live');
              const note = () => button.disabled && sessionStorage.setItem('waited', said.textContent);
              new MutationObserver(note).observe(button, { attributes: true });
            }"""
        )
        button.click()
        self.is_told(page, "The patient is checked in.")
        self.assertEqual(page.evaluate("sessionStorage.getItem('waited')"), "Please wait…")

    def test_a_call_is_noted_in_one_click_on_a_phone(self):
        set_phone(person=self.alice, text="+8801712345678", now=timezone.now())
        rows = Notice.objects.without_history("as if").filter(about=f"appointment:{self.visit.pk}", user=self.alice)
        rows.filter(kind="booked").update(state=State.CALL)
        page = self.open(width=390, height=844)
        self.log_in(page, self.erin.email)
        for url in ("/admin/desk/", "/admin/desk/calls/", "/admin/desk/confirm/"):
            with self.subTest(url=url):
                page.goto(url)
                self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), 390)
                self.assertEqual(page.evaluate(SMALL, 44), [])
        page.goto("/admin/desk/calls/")
        page.get_by_role("button", name="Will come: Alice").dblclick()
        self.is_told(page, "Noted: Alice will come.")
        page.get_by_text("No patients to call.").wait_for()

    def test_the_slip_is_printed_by_one_key(self):
        page = self.page
        page.add_init_script("window.print = () => { document.documentElement.dataset.printed = 'yes'; }")
        page.goto("/admin/desk/")
        page.get_by_role("link", name="Alice", exact=True).first.focus()
        page.keyboard.press("p")
        page.wait_for_url(f"**/{self.todays.pk}/slip/#print")
        page.wait_for_function("document.documentElement.dataset.printed === 'yes'")
