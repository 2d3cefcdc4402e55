"""Due work by Celery, with a real worker and a real beat on a real Redis."""

import os
import signal
from datetime import timedelta
from unittest import mock

from celery.exceptions import Retry
from django.test import SimpleTestCase, TestCase, tag
from django.utils import timezone

from shs.core.api.models import KeptAnswer
from shs.core.due.broker import JobFailed, app, backoff_seconds, run_job, schedule
from shs.core.due.jobs import BROKEN_OFF, Busy
from shs.core.due.models import JobLease, JobRun
from shs.core.due.registry import jobs
from shs.core.tests.processes import kill
from shs.core.tests.workers import WorkerTestCase
from shs.testing import make_user
from shs.users.models import Role


@tag("any_database")
class RealWorkers(WorkerTestCase):
    def begun_by(self) -> list[int]:
        """The process ids of workers that have started the slow job."""
        mark = self.folder / "mark"
        return [int(line) for line in mark.read_text().splitlines()] if mark.exists() else []

    def runs(self) -> list[tuple[str, int]]:
        return list(JobRun.objects.filter(name="slow").order_by("started_at").values_list("error", "count"))

    def test_each_job_runs_at_its_interval_and_again_after_a_killed_worker_and_a_lost_machine(self):
        alice = make_user("Alice", Role.PATIENT)
        KeptAnswer.objects.create(user=alice, key="old", digest="d")
        KeptAnswer.objects.update(created_at=timezone.now() - timedelta(hours=25))
        self.environment["SHS_TEST_HANGS"] = "2"
        lost = self.worker()
        self.beat()
        self.wait(60, self.begun_by)
        os.kill(self.begun_by()[0], signal.SIGKILL)
        self.wait(60, lambda: len(self.begun_by()) == 2)
        self.assertEqual(self.runs(), [(BROKEN_OFF, 0)])
        kill(lost)
        self.worker()
        self.wait(60, lambda: len(self.runs()) == 3)
        self.assertEqual(self.runs(), [(BROKEN_OFF, 0), (BROKEN_OFF, 0), ("", 7)])
        self.assertEqual(JobLease.objects.get(name="slow").holder, "")

        self.wait(60, lambda: not KeptAnswer.objects.exists())
        self.wait(30, lambda: JobRun.objects.filter(name="mark_missed").exists())
        # Beat sends each job every two seconds: "slow" was sent several times since this one was done.
        self.assertEqual(JobRun.objects.filter(name="forget_answers").count(), 1)


class Messages(TestCase):
    """Messages and their options, without a broker."""

    def test_beat_schedules_every_job_at_least_every_five_minutes(self):
        entries = schedule()
        self.assertEqual(list(entries), list(jobs()))
        for name, entry in entries.items():
            with self.subTest(job=name):
                self.assertEqual(entry["args"], [name])
                self.assertLessEqual(entry["schedule"], min(jobs()[name].every, timedelta(minutes=5)))
                self.assertEqual(entry["options"]["expires"], entry["schedule"].total_seconds())

    def test_messages_are_acknowledged_late_and_prefetched_one_at_a_time(self):
        self.assertTrue(app.conf.task_acks_late)
        self.assertTrue(app.conf.task_reject_on_worker_lost)
        self.assertEqual(app.conf.worker_prefetch_multiplier, 1)

    def test_retry_delays_grow_to_five_minutes(self):
        self.assertEqual([backoff_seconds(n) for n in range(7)], [10, 20, 40, 80, 160, 300, 300])

    def told(self, **options) -> bool:
        """Whether Celery will retry the message."""
        try:
            run_job.apply(("mark_missed",), options, throw=True)
        except (Retry, Busy, JobFailed):
            return True
        return False

    def test_a_requested_job_is_retried_while_another_worker_runs_it_and_a_scheduled_one_not(self):
        until = timezone.now() + timedelta(minutes=1)
        JobLease.objects.create(name="mark_missed", holder="x", began_at=timezone.now(), expires_at=until)
        with mock.patch.object(run_job, "retry", side_effect=Retry()) as again:
            self.assertEqual([self.told(is_asked=is_asked) for is_asked in (True, False)], [True, False])
        self.assertEqual(again.call_args.kwargs["countdown"], 10)

    def test_a_failed_job_is_retried(self):
        fails = mock.patch("shs.appointment.services.mark_missed", side_effect=ValueError)
        with fails, mock.patch.object(run_job, "retry", side_effect=Retry()), self.assertLogs("shs.due", "ERROR"):
            self.assertTrue(self.told())


class Brokers(SimpleTestCase):
    def test_redis_and_rabbitmq_are_supported(self):
        for url, transport in (("redis://h:6379/1", "redis"), ("amqp://u:p@h//", "amqp")):
            with self.subTest(url=url), app.connection_for_write(url) as line:
                self.assertEqual(line.transport.driver_type, transport)
