"""The admin pages of notices."""

from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone

from shs.core.reads.models import ReadLog
from shs.notices.models import Notice, State
from shs.testing import TestUsers
from shs.users import passwords as users


class Screen(TestUsers, TestCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.told = Notice.objects.get(kind="booked", user=cls.alice)
        rows = Notice.objects.without_history("as if the server had refused it").filter(pk=cls.told.pk)
        rows.update(state=State.FAILED, attempts=1, error="The mail server refused it (550).")
        cls.told.refresh_from_db()

    def as_(self, user):
        client = Client()
        client.force_login(user, backend="shs.users.backends.EmailBackend")
        return client

    def url(self, name, *args):
        return reverse(f"admin:notices_notice_{name}", args=args)

    def test_the_list_opens_with_failed_notices_and_their_errors(self):
        page = self.as_(self.frank).get(self.url("changelist")).content.decode()
        self.assertTrue("refused it (550)" in page)
        self.assertFalse("alice@example.com" in page, "addresses are masked in the list")

    def test_an_admin_can_retry_a_failed_notice(self):
        step = self.url("step", self.told.pk, "retry")
        self.as_(self.frank).post(step)
        self.told.refresh_from_db()
        self.assertEqual((self.told.state, self.told.error), (State.QUEUED, ""))
        self.assertEqual(self.told.history.get().history_user, self.frank)
        self.assertLessEqual(self.told.next_at, timezone.now())

    def test_a_pending_notice_can_be_withdrawn_with_a_reason(self):
        waiting = Notice.objects.get(kind="reminder_day")
        self.as_(self.frank).post(self.url("step", waiting.pk, "take_back"), {"reason": "the clinic moves"})
        waiting.refresh_from_db()
        self.assertEqual((waiting.state, waiting.error), (State.TAKEN_BACK, "the clinic moves"))

    def test_an_auditor_sees_the_state_but_no_text_and_no_steps(self):
        client = self.as_(self.irene)
        self.assertEqual(client.get(self.url("change", self.told.pk)).status_code, 200)
        self.assertEqual(client.get(self.url("preview", self.told.pk)).status_code, 403)
        self.assertEqual(client.post(self.url("step", self.told.pk, "retry")).status_code, 403)

    def test_other_users_cannot_see_them(self):
        for user in (self.carol, self.erin, self.grace, self.henry):
            with self.subTest(who=user.name):
                self.assertEqual(self.as_(user).get(self.url("changelist")).status_code, 403)
                self.assertEqual(self.as_(user).get(self.url("preview", self.told.pk)).status_code, 403)

    def test_a_preview_shows_text_and_html_and_is_logged(self):
        client = self.as_(self.frank)
        page = client.get(self.url("preview", self.told.pk)).content.decode()
        self.assertTrue("The clinic has received your request" in page)
        html = client.get(self.url("preview", self.told.pk), {"as": "html"}).content.decode()
        self.assertTrue("<table" in html and "Lakeside Clinic" in html)
        self.assertEqual(ReadLog.objects.filter(what="notice", reader=self.frank, subject=self.alice).count(), 2)
        self.assertEqual(client.get(self.url("preview", 2**62)).status_code, 404)

    def test_a_preview_of_a_password_reset_contains_no_valid_link(self):
        users.send_reset(self.bob)
        told = Notice.objects.get(kind="reset_password")
        for form in ("text", "html"):
            page = self.as_(self.frank).get(self.url("preview", told.pk), {"as": form}).content.decode()
            self.assertTrue("Set a new password" in page)
            self.assertFalse("token=" in page)
