"""Delivery reports of the SMS gateway: signed, and worth nothing when they are repeated."""

import json
from datetime import timedelta

from django.test import Client, TestCase, override_settings
from django.utils import timezone

from shs.core.tests.misbehaving import closes_early
from shs.notices.models import Notice, State
from shs.notices.signature import signature
from shs.notices.sms import mark_of
from shs.notices.tests.texting import Texting
from shs.testing import TestUsers

KEY = "a key of the gateway with enough characters"
URL = "/api/v1/notifications/sms/report"


@override_settings(SMS_REPORT_KEY=KEY)
class Reports(Texting, TestUsers, TestCase):
    def setUp(self):
        super().setUp()
        self.row = self.told()
        self.send_to()
        self.row.refresh_from_db()

    def report(self, status: str = "delivered", *, mark: str = "", key: str = KEY, signed: str | None = None):
        body = json.dumps(
            {"id": mark or mark_of(self.row), "status": status, "at": timezone.now().isoformat()}
        ).encode()
        given = signature(body, key) if signed is None else signed
        answer = Client().post(URL, body, content_type="application/json", headers={"X-Signature": given})
        self.row.refresh_from_db()
        return answer

    def test_a_signed_report_is_noted_once(self):
        self.assertEqual(self.report().json(), {"changed": True})
        first = self.row.delivered_at
        self.assertIsNotNone(first)
        self.assertEqual([self.report().json(), self.report("failed").json()], [{"changed": False}] * 2)
        self.assertEqual((self.row.state, self.row.delivered_at), (State.SENT, first))

    def test_a_text_that_was_not_delivered_is_told_by_phone(self):
        self.assertEqual(self.report("failed").json(), {"changed": True})
        self.assertEqual(self.row.state, State.CALL)
        self.assertEqual(self.report("failed").json(), {"changed": False})
        self.assertEqual(self.report("delivered").json(), {"changed": True}, "the last word of the provider")
        self.assertEqual(self.row.state, State.SENT)

    def test_a_report_settles_what_may_have_been_sent(self):
        self.row = self.told()
        self.send_to(closes_early)
        self.row.refresh_from_db()
        self.assertEqual(self.row.state, State.CALL)
        self.report()
        self.assertEqual((self.row.state, self.row.error), (State.SENT, ""))

    def test_a_repeated_report_says_nothing_about_a_later_attempt(self):
        old = mark_of(self.row)
        self.report("failed")
        self.row.retry(now=timezone.now())
        rows = Notice.objects.without_history("sent again").filter(pk=self.row.pk)
        rows.update(state=State.SENT, claimed_at=timezone.now() + timedelta(minutes=5))
        self.assertEqual(self.report("failed", mark=old).json(), {"changed": False})
        self.assertEqual(self.row.state, State.SENT)

    def test_a_call_that_was_made_stays_made(self):
        self.report("failed")
        self.row.called()
        self.assertEqual(self.report().json(), {"changed": False})
        self.assertEqual(self.row.state, State.CALLED)

    def test_without_the_right_signature_nothing_is_noted(self):
        for signed in ("", "sha256=", "sha256=" + "0" * 64, "§"):
            with self.subTest(signed=signed):
                self.assertEqual(self.report(signed=signed).status_code, 401)
        self.assertEqual(self.report(key="another key of enough characters....").status_code, 401)
        self.assertIsNone(self.row.delivered_at)

    def test_without_a_key_every_report_is_refused(self):
        with override_settings(SMS_REPORT_KEY=""):
            for key in ("", KEY):
                with self.subTest(key=key):
                    self.assertEqual(self.report(key=key).status_code, 401)
        self.assertIsNone(self.row.delivered_at)

    def test_an_unknown_text_changes_nothing_and_an_invalid_report_is_refused(self):
        for mark in ("999999-1", f"{self.row.pk}-1", f"{10**17}-5"):
            with self.subTest(mark=mark):
                self.assertEqual(self.report(mark=mark).json(), {"changed": False})
        self.assertEqual([self.report("lost").status_code, self.report(mark="x").status_code], [422, 422])
