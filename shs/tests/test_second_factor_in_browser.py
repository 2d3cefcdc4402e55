"""The second factor in the browser: setting it up, logging in with it, using a backup code, and staying logged in."""

from base64 import b32decode
from datetime import timedelta

from django.contrib.sessions.backends.db import SessionStore
from django.test import override_settings
from django.utils import timezone
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from shs.testing import PASSWORD, TestUsers
from shs.tests.browser import BrowserTestCase


class SecondFactor(TestUsers, BrowserTestCase):
    def setUp(self):
        super().setUp()
        self.make_people()
        self.page = self.open()

    def give_password(self):
        self.page.goto("/admin/login/")
        self.page.get_by_label("E-mail address").fill("frank@example.com")
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Log in").click()

    def log_out(self):
        self.page.context.clear_cookies()

    def code(self, key: bytes, *, steps: int = 0) -> str:
        totp = TOTP(key)
        totp.time = (timezone.now() + timedelta(seconds=30 * steps)).timestamp()
        return f"{totp.token():06d}"

    @override_settings(STAFF_SECOND_FACTOR="required")
    def test_it_is_set_up_required_at_login_and_a_backup_code_works_once(self):
        self.give_password()
        self.page.wait_for_url("**/admin/second-factor/?next=*")
        picture = self.page.get_by_role("img", name="QR code")
        self.assertGreater(picture.evaluate("image => image.naturalWidth"), 100)
        key = b32decode(self.page.locator(".shs-secret").inner_text().replace(" ", ""))
        used = self.code(key)
        self.page.get_by_label("Code").fill(used)
        self.page.get_by_role("button", name="Confirm").click()
        self.page.get_by_role("heading", name="Your backup codes").wait_for()
        codes = self.page.locator(".shs-codes code").all_inner_texts()
        self.assertEqual(len(codes), 10)
        self.page.get_by_role("link", name="I have saved them").click()
        self.page.wait_for_url("**/admin/")

        self.log_out()
        self.give_password()
        self.page.get_by_label("Code").fill(used)
        self.page.get_by_role("button", name="Continue").click()
        self.page.get_by_role("alert").get_by_text("has already been used").wait_for()
        TOTPDevice.objects.update(throttling_failure_timestamp=None, throttling_failure_count=0)
        self.page.get_by_label("Code").fill(self.code(key, steps=1))
        self.page.get_by_role("button", name="Continue").click()
        self.page.wait_for_url("**/admin/")

        for is_first in (True, False):
            self.log_out()
            self.give_password()
            self.page.get_by_label("Code").fill(codes[0])
            self.page.get_by_role("button", name="Continue").click()
            if is_first:
                self.page.wait_for_url("**/admin/")
                self.is_told(self.page, "You have used a backup code; 9 are left.")
        self.page.get_by_role("alert").get_by_text("has already been used").wait_for()

    @override_settings(ADMIN_IDLE_MINUTES=3)
    def test_the_page_warns_before_logging_off_and_a_button_extends_the_session(self):
        self.log_in(self.page, "frank@example.com")
        self.page.clock.install()
        self.page.goto("/admin/sessions/")
        self.page.get_by_text("This session", exact=True).wait_for()
        self.leave_for(minutes=2)
        self.page.clock.fast_forward(60_000)
        warning = self.page.get_by_role("alertdialog", name="You will be logged off soon")
        warning.wait_for()
        with self.page.expect_response("**/admin/stay/"):
            warning.get_by_role("button", name="Stay logged in").click()
        warning.wait_for(state="hidden")
        self.leave_for(minutes=4)
        self.expect_problem("status of 401")
        self.page.clock.fast_forward(61_000)
        self.page.wait_for_url("**/admin/login/?ended=idle&next=*")
        self.page.get_by_text("after a period of inactivity").wait_for()

    def leave_for(self, *, minutes: int):
        """Set the session's last use back by this many minutes."""
        key = next(cookie["value"] for cookie in self.page.context.cookies() if cookie["name"] == "sessionid")
        session = SessionStore(key)
        session["seen"] = int(timezone.now().timestamp()) - minutes * 60
        session.save()
