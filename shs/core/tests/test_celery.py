"""Due work on several machines: a real worker and a real beat on a real Redis."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from unittest import mock

from django.conf import settings
from django.test import SimpleTestCase, TestCase, override_settings
from django.utils import timezone
from kombu.exceptions import OperationalError

from shs.core.broker import app, backoff_seconds, schedule, send
from shs.core.due import jobs, soon
from shs.core.jobs import BROKEN_OFF
from shs.core.models import JobLease, JobRun, KeptAnswer
from shs.testing import CommittedTestCase, database_url, make_user
from shs.users.models import Role

REDIS = shutil.which("redis-server")
LEASE_SECONDS = 3


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return door.getsockname()[1]


@unittest.skipUnless(REDIS, "redis-server is not installed: the tests with a real worker are skipped.")
class WorkerTestCase(CommittedTestCase):
    """Has a Redis of its own, and starts workers and beats on the database of the test; all end with the test."""

    app = "shs.core.tests.worker"

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        port = free_port()
        self.broker = f"redis://127.0.0.1:{port}/0"
        self.environment = {
            **os.environ,
            "DATABASE_URL": database_url(),
            "SECRET_KEY": "x" * 60,
            "DEBUG": "on",
            "CELERY_BROKER_URL": self.broker,
            "DUE_LEASE_SECONDS": str(LEASE_SECONDS),
            "SHS_TEST_MARK": str(self.folder / "mark"),
        }
        self.start(REDIS, "--port", str(port), "--save", "", "--dir", str(self.folder), "--bind", "127.0.0.1")

    def start(self, *command: str) -> subprocess.Popen:
        log = open(self.folder / "log", "ab")  # noqa: SIM115
        self.addCleanup(log.close)
        process = subprocess.Popen(  # noqa: S603
            command, cwd=settings.BASE_DIR, env=self.environment, stdout=log, stderr=log, start_new_session=True
        )
        self.addCleanup(self.end, process)
        return process

    def end(self, process: subprocess.Popen) -> None:
        """Kill a process and its children: a worker in the midst of a job would wait for its end."""
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        finally:
            process.wait(timeout=10)

    def celery(self, *arguments: str) -> subprocess.Popen:
        return self.start(sys.executable, "-m", "celery", "-A", self.app, *arguments)

    def worker(self, *arguments: str) -> subprocess.Popen:
        return self.celery("worker", "--loglevel=WARNING", "--concurrency=2", *arguments)

    def beat(self) -> subprocess.Popen:
        return self.celery("beat", "--loglevel=WARNING", f"--schedule={self.folder / 'schedule'}", "--pidfile=")

    def wait(self, seconds: float, is_so: Callable[[], object]) -> None:
        until = time.monotonic() + seconds
        while not is_so():
            if time.monotonic() > until:
                self.fail((self.folder / "log").read_text(errors="replace")[-2000:] or "Nothing happened in time.")
            time.sleep(0.1)


class RealWorkers(WorkerTestCase):
    def begun_by(self) -> list[int]:
        """The processes that have begun the slow job."""
        mark = self.folder / "mark"
        return [int(line) for line in mark.read_text().splitlines()] if mark.exists() else []

    def runs(self) -> list[tuple[str, int]]:
        return list(JobRun.objects.filter(name="slow").order_by("started_at").values_list("error", "count"))

    def test_what_beat_sends_is_done_by_a_worker_and_each_job_in_its_time(self):
        alice = make_user("Alice", Role.PATIENT)
        KeptAnswer.objects.create(user=alice, key="old", digest="d")
        KeptAnswer.objects.update(created_at=timezone.now() - timedelta(hours=25))
        self.worker()
        self.beat()
        self.wait(60, lambda: not KeptAnswer.objects.exists())
        self.wait(30, lambda: JobRun.objects.filter(name="mark_missed").exists())
        time.sleep(2)  # beat goes on to send it every second
        self.assertEqual(JobRun.objects.filter(name="forget_answers").count(), 1)

    def test_a_worker_that_is_killed_in_the_midst_leaves_no_job_stuck(self):
        self.worker()
        self.beat()
        self.wait(60, self.begun_by)
        os.kill(self.begun_by()[0], signal.SIGKILL)
        self.wait(60, lambda: len(self.runs()) == 2)
        self.assertEqual(self.runs(), [(BROKEN_OFF, 0), ("", 7)])
        self.assertEqual(JobLease.objects.get(name="slow").holder, "")

    def test_when_the_whole_machine_is_lost_another_one_goes_on(self):
        lost = self.worker()
        self.beat()
        self.wait(60, self.begun_by)
        self.end(lost)
        self.worker()
        self.wait(60, lambda: len(self.runs()) == 2)
        self.assertEqual(self.runs(), [(BROKEN_OFF, 0), ("", 7)])


class Messages(TestCase):
    """What is sent, and what becomes of it, but for the sending."""

    def test_beat_knows_every_job_and_knocks_at_least_every_five_minutes(self):
        entries = schedule()
        self.assertEqual(list(entries), list(jobs()))
        for name, entry in entries.items():
            with self.subTest(job=name):
                self.assertEqual(entry["args"], [name])
                self.assertLessEqual(entry["schedule"], min(jobs()[name].every, timedelta(minutes=5)))
                self.assertEqual(entry["options"]["expires"], entry["schedule"].total_seconds())

    def test_a_message_is_given_back_late_and_taken_one_at_a_time(self):
        self.assertTrue(app.conf.task_acks_late)
        self.assertTrue(app.conf.task_reject_on_worker_lost)
        self.assertEqual(app.conf.worker_prefetch_multiplier, 1)

    def test_the_pauses_between_tries_grow_to_five_minutes(self):
        self.assertEqual([backoff_seconds(n) for n in range(7)], [10, 20, 40, 80, 160, 300, 300])

    @override_settings(CELERY_BROKER_URL="redis://127.0.0.1:1/0")
    def test_with_a_broker_the_work_is_sent_after_the_commit_and_not_done_here(self):
        with mock.patch("shs.core.broker.run_job.delay") as sent, self.captureOnCommitCallbacks(execute=True):
            soon("mark_missed")
            sent.assert_not_called()
        sent.assert_called_once_with("mark_missed", is_asked=True, by_id=None)
        self.assertFalse(JobRun.objects.exists())

    def test_a_broker_that_is_away_breaks_nothing(self):
        away = mock.patch("shs.core.broker.run_job.delay", side_effect=OperationalError("redis://:topsecret@h"))
        with away, self.assertLogs("shs.due", "WARNING") as logged:
            self.assertFalse(send("mark_missed"))
        self.assertFalse("topsecret" in logged.output[0], "The log repeats the broker's address.")


class Brokers(SimpleTestCase):
    def test_redis_and_rabbitmq_are_spoken(self):
        for url, transport in (("redis://h:6379/1", "redis"), ("amqp://u:p@h//", "amqp")):
            with self.subTest(url=url), app.connection_for_write(url) as line:
                self.assertEqual(line.transport.driver_type, transport)
