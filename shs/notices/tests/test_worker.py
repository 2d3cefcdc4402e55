"""Sending with workers that are killed: each of many notices arrives once, or is shown as failed with a reason."""

import os
import signal
from collections import Counter
from datetime import timedelta

from django.test import tag
from django.utils import timezone

from shs.core.due.models import JobLease
from shs.core.tests.processes import kill
from shs.core.tests.workers import WorkerTestCase
from shs.notices.kinds import Kind
from shs.notices.models import TOLD_BY_STATE, Notice, State
from shs.notices.sending import LEASE, LOST
from shs.notices.services import deliver, notice
from shs.notices.tests.smtp import MailServer
from shs.testing import make_user
from shs.users.models import Role


class Sending(WorkerTestCase):
    """Many pending notices, and a mail server that counts them."""

    many = 400

    def setUp(self):
        super().setUp()
        self.server = self.enterContext(MailServer(pause_seconds=0.005))
        self.environment |= {
            "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": str(self.server.port),
        }
        alice, data = make_user("Alice", Role.PATIENT), {"changed_at": timezone.now()}
        rows = [notice(to=alice, kind=Kind.PASSWORD_CHANGED, data=data) for _number in range(self.many)]
        Notice.objects.without_history(TOLD_BY_STATE).bulk_create(rows)

    def arrived(self) -> Counter:
        """How often each notice has arrived: its number → the count."""
        marks = [mail["Message-ID"].partition("@")[0] for mail in list(self.server.mails)]
        return Counter(int(mark.rpartition("-")[2]) for mark in marks)


class KilledWorkers(Sending):
    def wait_for(self, count: int) -> None:
        self.wait(120, lambda: len(self.server.mails) >= count)
        self.assertLess(len(self.server.mails), self.many, "All were sent before a process was killed.")

    def test_none_is_lost_and_none_arrives_twice(self):
        worker = self.worker()
        self.beat()
        self.wait_for(80)
        for process in self.children(worker):
            os.kill(process, signal.SIGKILL)
        self.wait_for(200)
        kill(worker)
        self.worker()
        self.wait(240, lambda: not Notice.objects.filter(state=State.QUEUED).exists())
        self.wait(30, JobLease.objects.filter(name="deliver_notices", holder="").exists)
        deliver(now=timezone.now() + LEASE + timedelta(minutes=1))

        arrived = self.arrived()
        self.assertEqual([pk for pk, times in arrived.items() if times > 1], [])
        told = dict(Notice.objects.values_list("pk", "state"))
        self.assertEqual(len(told), self.many)
        self.assertEqual({pk for pk, state in told.items() if state == State.SENT} - arrived.keys(), set())
        failed = Notice.objects.exclude(state=State.SENT)
        self.assertEqual(set(failed.values_list("state", "error")) - {(State.FAILED, LOST)}, set())
        # At most what the four killed processes were sending; on a slow machine a lease may expire under a living
        # process, and then two processes send at once.
        self.assertLessEqual(failed.count(), 4)


@tag("faults")
class TwoWorkersAndBeats(Sending):
    many = 150 * int(os.environ.get("SHS_FAULTS", "1"))

    def test_with_two_workers_and_two_beats_each_notice_arrives_once(self):
        self.worker()
        self.worker()
        self.beat()
        self.beat("other")
        self.wait(120 + self.many, lambda: not Notice.objects.exclude(state=State.SENT).exists())
        self.assertEqual(len(self.arrived()), self.many)
        self.assertEqual(set(self.arrived().values()), {1})
