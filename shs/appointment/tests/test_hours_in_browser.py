"""The desk enters hours of one day and answers for public holidays, on a wide screen and on a phone."""

import os

from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

from shs.doctors import holidays
from shs.doctors.models import ClosedDay, HoursPeriod
from shs.testing import TestUsers, soon
from shs.tests.browser import BrowserTestCase


class HoursInBrowser(TestUsers, BrowserTestCase):
    def setUp(self):
        super().setUp()
        self.make_people()

    def check(self, page, name: str) -> None:
        self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth - innerWidth"), 0)
        found = Axe().run(page).response["violations"]
        serious = [rule for rule in found if rule["impact"] in ("serious", "critical")]
        self.assertEqual([(rule["id"], rule["nodes"][0]["html"][:200]) for rule in serious], [])
        if folder := os.environ.get("SCREENSHOTS"):
            page.screenshot(path=f"{folder}/{name}.png", full_page=True)

    def test_hours_of_one_day(self):
        for width in (1440, 390):
            page = self.open(width=width)
            self.log_in(page, self.erin.email)
            page.goto("/admin/doctors/hoursperiod/add/")
            page.locator("#id_doctor + .select2").click()
            page.get_by_role("option", name="Dr. Carol").click()
            day = soon(5 if width == 1440 else 6)
            for name in ("first", "last"):
                page.locator(f"#id_{name}").fill(f"{day:%d/%m/%Y}")
            page.locator("#id_blocks-0-start").fill("18:00")
            page.locator("#id_blocks-0-end").fill("00:00")
            page.locator("#id_blocks-0-capacity").fill("15")
            self.check(page, f"period-{width}")
            page.get_by_role("button", name="Save", exact=True).click()
            page.wait_for_url("**/hoursperiod/")
            page.get_by_text("18:00–00:00").first.wait_for()
            self.check(page, f"periods-{width}")
        self.assertEqual(HoursPeriod.objects.count(), 2)
        self.assertEqual(
            {row.blocks.get().weekday for row in HoursPeriod.objects.all()}, {soon(5).weekday(), soon(6).weekday()}
        )

    def test_public_holidays_are_answered(self):
        self.assertTrue(holidays.coming(timezone.localdate()))
        for width in (1440, 390):
            page = self.open(width=width)
            self.log_in(page, self.erin.email)
            page.goto("/admin/public-holidays/")
            self.check(page, f"holidays-{width}")
            page.locator("select[name^=on_]").first.select_option("closed")
            page.locator("select[name^=on_]").nth(1).select_option("open")
            page.get_by_role("button", name="Save public holidays").click()
            self.is_told(page, "2 public holidays are saved.")
            page.goto("/admin/doctors/closedday/")
            page.get_by_text("Lakeside Clinic").first.wait_for()
            self.check(page, f"closed-{width}")
        self.assertEqual(ClosedDay.objects.closing().count(), 2)
