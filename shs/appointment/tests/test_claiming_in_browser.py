"""In a browser: a desk registers a newcomer and prints the slip; with its code they open their account by the API, and
the desk sees that. A lost slip opens nothing any more."""

from datetime import datetime, time
from unittest.mock import patch

from axe_playwright_python.base import AXE_SCRIPT
from django.urls import reverse
from django.utils import timezone

from shs.appointment.models import Appointment
from shs.core.reads.models import ReadLog
from shs.testing import Api, TestUsers
from shs.tests.browser import BrowserTestCase
from shs.tests.walk import ALL_RULES, PHONE, SMALL_TARGETS, TARGET_PX
from shs.users.tests.phoning import Phoning


class Claiming(Phoning, TestUsers, BrowserTestCase):
    def setUp(self):
        super().setUp()
        self.make_people()
        now = timezone.make_aware(datetime.combine(timezone.localdate(), time(10, 12)))
        self.stopped = patch("django.utils.timezone.now", return_value=now)
        self.stopped.start()
        self.addCleanup(self.stopped.stop)

    def printed(self, page) -> str:
        """The code on the slip of a newcomer whom the desk has registered, of whom it knows the age."""
        page.goto("/admin/desk/")
        page.locator("#desk-board").wait_for()
        page.keyboard.press("n")
        page.get_by_role("dialog").wait_for()
        for text in ("Rahima Akter", "01712345678", "45"):
            page.keyboard.type(text)
            page.keyboard.press("Tab")
        page.keyboard.press("f")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        self.is_told(page, "Rahima Akter: at 10:20")
        page.locator("#shs-live:not(:empty)").wait_for(state="attached")
        page.keyboard.press("p")
        page.wait_for_url("**/slip/")
        return page.locator(".app-code").inner_text()

    def visits_in_the_app(self, code: str) -> list[int]:
        """The visits that whoever has the phone and the code on the slip finds in the app."""
        self.stopped.stop()  # the signature of tokens is checked by the real time
        answer = self.log_in_by_phone(self.proven(), card_code=code)
        self.assertEqual(answer.status_code, 200, answer.content)
        own = Api()
        own.headers["Authorization"] = f"Bearer {answer.json()['access']}"
        mine = own.get("/appointments/my-appointments").json()["items"]
        self.stopped.start()
        return [row["id"] for row in mine]

    def test_the_code_on_the_slip_opens_the_account_and_the_desk_sees_it(self):
        page = self.open()
        self.log_in(page, self.erin.email)
        code = self.printed(page)
        self.assertRegex(code, r"^[A-Z2-9]{4}-[A-Z2-9]{4}$")
        visit = Appointment.objects.get(patient__name="Rahima Akter")
        person = visit.patient
        self.assertEqual(ReadLog.objects.get(what="code of the card").subject, person)
        page.goto(reverse("admin:users_userprofile_change", args=(person.profile.pk,)))
        page.get_by_text("None yet").wait_for()
        self.assertEqual(self.visits_in_the_app(code), [visit.pk])
        page.reload()
        page.get_by_text("By phone since").wait_for()
        page.get_by_text("01712-345678, by a code on").wait_for()

        page.goto(reverse("admin:users_user_change", args=(person.pk,)))
        page.get_by_role("link", name="New code for the card…").first.click()
        page.get_by_label("Reason").fill("the slip was lost")
        page.get_by_role("dialog").get_by_role("button", name="New code for the card").click()
        self.is_told(page, "The card has a new code.")
        page.set_viewport_size(PHONE)
        page.get_by_role("link", name="Print card").click()
        new = page.locator(".app-code").inner_text()
        self.assertEqual(self.log_in_by_phone(self.proven(), card_code=code).status_code, 422)
        self.assertEqual(self.log_in_by_phone(self.proven(), card_code=new).status_code, 200)
        page.evaluate(AXE_SCRIPT)
        self.assertEqual(page.evaluate("options => axe.run(options).then(found => found.violations)", ALL_RULES), [])
        self.assertEqual(page.evaluate(SMALL_TARGETS, TARGET_PX), [])
        self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), 390)

    def log_in_by_phone(self, found: dict, **fact):
        return Phoning.log_in(self, found, **fact)

    def log_in(self, page, email):
        BrowserTestCase.log_in(self, page, email)
