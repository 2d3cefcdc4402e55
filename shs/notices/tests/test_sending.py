"""Sending notices: each is sent once, whatever the mail server does, and with several senders."""

from datetime import timedelta

from django.db import connection, transaction
from django.test import TestCase, override_settings
from django.utils import timezone

from shs.core.errors import StepRefused
from shs.notices.kinds import Kind
from shs.notices.models import Notice, State
from shs.notices.sending import PAUSES
from shs.notices.services import deliver, notice, notify
from shs.notices.tests.smtp import MailServer
from shs.testing import CommittedTestCase, TestUsers, at_once

SMTP = "django.core.mail.backends.smtp.EmailBackend"


class Sending(TestUsers, TestCase):
    def setUp(self):
        self.server = self.enterContext(MailServer())
        self.enterContext(
            override_settings(EMAIL_BACKEND=SMTP, EMAIL_HOST="127.0.0.1", EMAIL_PORT=self.server.port, EMAIL_TIMEOUT=2)
        )
        notify(notice(to=self.alice, kind=Kind.PASSWORD_CHANGED, data={"changed_at": timezone.now()}))
        self.told = Notice.objects.get(kind=Kind.PASSWORD_CHANGED)

    def deliver(self, **later):
        count = deliver(now=timezone.now() + timedelta(**later))
        self.told.refresh_from_db()
        return count

    def test_due_notices_are_sent_once(self):
        self.assertEqual([self.deliver(), self.deliver(hours=1)], [1, 0])
        self.assertEqual(len(self.server.mails), 1)
        self.assertEqual((self.told.state, self.told.attempts, self.told.error), (State.SENT, 1, ""))
        self.assertIsNotNone(self.told.sent_at)

    def test_a_mail_has_text_and_html_with_the_same_words_and_is_marked_as_automatic(self):
        self.deliver()
        (mail,) = self.server.mails
        text, html = (mail.get_body([kind]).get_content() for kind in ("plain", "html"))
        self.assertTrue("every device was logged out" in text and "every device was logged out" in html)
        self.assertIn("Alice", text)
        self.assertIn('<html lang="en">', html)
        self.assertEqual(mail["Auto-Submitted"], "auto-generated")
        self.assertEqual(mail["To"], "alice@example.com")

    def test_a_dry_run_counts_and_sends_nothing(self):
        self.assertEqual(deliver(now=timezone.now(), dry_run=True), 1)
        self.assertEqual(self.server.mails, [])

    def test_an_unreachable_server_is_retried_after_a_delay(self):
        with override_settings(EMAIL_PORT=1):
            self.assertEqual(self.deliver(), 0)
        self.assertEqual((self.told.state, self.told.attempts), (State.QUEUED, 1))
        self.assertIn("could not be reached", self.told.error)
        self.assertEqual([self.deliver(), self.deliver(minutes=2)], [0, 1])

    def test_an_unreachable_server_is_tried_once_a_run(self):
        notify(*(notice(to=self.bob, kind=Kind.PASSWORD_CHANGED, data={}) for _number in range(3)))
        with override_settings(EMAIL_PORT=1):
            self.deliver()
        self.assertEqual(Notice.objects.filter(attempts__gt=0, state=State.QUEUED).count(), 1)

    def test_a_temporary_refusal_is_retried_and_finally_fails(self):
        self.server.answers["RCPT"] = "451 later"
        for number in range(len(PAUSES)):
            self.deliver(days=number)
            self.assertEqual(self.told.state, State.QUEUED)
        self.deliver(days=len(PAUSES))
        self.assertEqual((self.told.state, self.told.attempts), (State.FAILED, len(PAUSES) + 1))
        self.assertIn("451", self.told.error)

    def test_a_permanent_refusal_fails_at_once_with_its_reason(self):
        for answers in ({"RCPT": "550 no such mailbox"}, {"END": "554 no"}):
            with self.subTest(answers=answers):
                self.server.answers = answers
                Notice.objects.without_history("a new try").filter(pk=self.told.pk).update(state=State.QUEUED)
                self.deliver()
                self.assertEqual(self.told.state, State.FAILED)
                self.assertIn("rejected", self.told.error)

    def test_a_mail_that_may_have_arrived_is_not_retried(self):
        self.server.answers["END"] = ""
        self.deliver()
        self.assertEqual(self.told.state, State.FAILED)
        self.assertIn("may have arrived", self.told.error)
        self.assertEqual(self.deliver(days=9), 0)
        self.assertEqual(len(self.server.mails), 1)

    def test_a_connection_closed_by_the_server_is_detected_before_sending(self):
        notify(notice(to=self.bob, kind=Kind.PASSWORD_CHANGED, data={}))
        self.server.answers["NOOP"] = ""
        self.assertEqual(self.deliver(), 2)
        self.assertEqual(len(self.server.mails), 2)

    def test_a_notice_whose_process_ended_while_sending_has_failed(self):
        rows = Notice.objects.without_history("a process that was killed").filter(pk=self.told.pk)
        rows.update(state=State.SENDING, claimed_at=timezone.now())
        self.deliver(minutes=1)
        self.assertEqual(self.told.state, State.SENDING)
        self.deliver(minutes=6)
        self.assertEqual(self.told.state, State.FAILED)
        self.assertEqual(self.server.mails, [])

    def test_a_manual_retry_is_recorded_in_the_history(self):
        self.server.answers["RCPT"] = "550 no such mailbox"
        self.deliver()
        self.server.answers.clear()
        self.told.retry(now=timezone.now())
        self.assertEqual(self.deliver(), 1)
        self.assertEqual(self.told.history.get().history_change_reason, "sent again")
        with self.assertRaises(StepRefused):
            self.told.retry(now=timezone.now())

    def test_a_suspended_user_gets_no_mail(self):
        type(self.told).objects.without_history("a test").update(kind=Kind.VERIFY_EMAIL)
        self.alice.suspend(reason="misuse")
        self.assertEqual(self.deliver(), 0)
        self.assertEqual((self.told.state, self.server.mails), (State.TAKEN_BACK, []))

    def test_suspended_users_still_learn_what_happens_to_their_account(self):
        self.alice.suspend(reason="misuse")
        self.assertEqual(self.deliver(), 1)

    def test_expired_notices_are_not_sent(self):
        notify(notice(to=self.bob, kind=Kind.RESET_PASSWORD, data={}, lasts=timedelta(days=1)))
        self.deliver(days=2)
        late = Notice.objects.get(kind=Kind.RESET_PASSWORD)
        self.assertEqual(late.state, State.TAKEN_BACK)
        self.assertNotIn("bob@example.com", [letter["To"] for letter in self.server.mails])

    def test_nothing_is_sent_after_a_rollback(self):
        with self.captureOnCommitCallbacks(execute=True), self.assertRaises(ZeroDivisionError), transaction.atomic():
            notify(notice(to=self.bob, kind=Kind.PASSWORD_CHANGED, data={}))
            raise ZeroDivisionError
        self.assertEqual(self.server.mails, [])
        self.assertFalse(Notice.objects.filter(user=self.bob, kind=Kind.PASSWORD_CHANGED).exists())

    def test_a_notice_with_a_key_is_created_once(self):
        for _time in range(2):
            notify(notice(to=self.bob, kind=Kind.LICENCE_EXPIRING, data={"days": 7}, key="1:7"))
        self.assertEqual(Notice.objects.filter(user=self.bob, kind=Kind.LICENCE_EXPIRING).count(), 1)


class ConcurrentSending(TestUsers, CommittedTestCase):
    def test_concurrent_senders_send_each_notice_once(self):
        self.make_people()
        self.empty_post()
        with (
            MailServer() as server,
            override_settings(EMAIL_BACKEND=SMTP, EMAIL_HOST="127.0.0.1", EMAIL_PORT=server.port),
        ):
            data = {"changed_at": timezone.now()}
            with transaction.atomic():
                rows = [notice(to=self.alice, kind=Kind.PASSWORD_CHANGED, data=data) for _number in range(40)]
                Notice.objects.without_history("many").bulk_create(rows)
            connection.close()
            sent = at_once(4, lambda number: deliver(now=timezone.now()))
            self.assertEqual(sum(sent), 40)
            self.assertEqual(len({mail["Message-ID"] for mail in server.mails}), 40)
            self.assertEqual(len(server.mails), 40)
