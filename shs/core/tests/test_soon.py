"""Jobs requested by code: they run after the commit in another process, and no request waits for them."""

import socket
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

from celery.exceptions import TimeoutError as CeleryTimeout
from django.db import transaction
from django.test import SimpleTestCase, TestCase, override_settings

from shs.core.due import broker
from shs.core.due.bell import Asked, Bell, listening, ring
from shs.core.due.models import JobRun
from shs.core.due.runner import keep_running
from shs.core.due.soon import soon
from shs.core.records.transactions import after_commit
from shs.core.tests.registered import Registered
from shs.testing import Api, CommittedTestCase, TestUsers, make_user
from shs.testing import soon as in_days
from shs.users.models import Role


class HasSocket:
    """Mixin for tests: DUE_SOCKET is a socket of this test only."""

    def setUp(self):
        super().setUp()
        folder = self.enterContext(TemporaryDirectory())
        self.enterContext(override_settings(DUE_SOCKET=Path(folder) / "due.sock"))


class AfterCommit(TestCase):
    def test_it_runs_after_a_commit_and_not_after_a_rollback(self):
        calls = []
        with self.captureOnCommitCallbacks(execute=True):
            after_commit(lambda: calls.append("kept"))
            with self.assertRaises(ValueError), transaction.atomic():
                after_commit(lambda: calls.append("rolled back"))
                raise ValueError
            self.assertEqual(calls, [])
        self.assertEqual(calls, ["kept"])

    def test_a_failing_hook_is_logged_and_does_not_stop_the_next(self):
        calls = []
        with (
            self.assertLogs("shs.core.records.transactions", "ERROR") as logged,
            self.captureOnCommitCallbacks(execute=True),
        ):
            after_commit(lambda: 1 / 0)
            after_commit(lambda: calls.append("next"))
        self.assertEqual(calls, ["next"])
        self.assertIn("ZeroDivisionError", logged.output[0])


class FailingHooks(TestUsers, CommittedTestCase):
    """The response shows what is stored, whatever fails after the commit."""

    def setUp(self):
        self.make_people()

    def test_a_booking_is_201_whichever_hook_fails(self):
        for broken in ("shs.core.due.soon.ring", "shs.core.due.soon._ask"):
            with (
                self.subTest(broken),
                mock.patch(broken, side_effect=RuntimeError("out of order")),
                self.assertLogs("shs.core.records.transactions", "ERROR"),
            ):
                day = in_days(5 if broken.endswith("ring") else 6)
                body = {"doctor": self.dr_carol.pk, "date": str(day), "time": "11:00", "reason": "check-up"}
                answer = Api(self.bob).post("/appointments/", body)
                self.assertEqual(answer.status_code, 201)
                number = answer.json()["number"]
                self.assertEqual(Api(self.bob).get(f"/appointments/{answer.json()['id']}").json()["number"], number)


class BellSocket(HasSocket, SimpleTestCase):
    def test_ringing_without_a_listener_returns_at_once(self):
        self.assertFalse(ring("count"))

    def test_the_listener_gets_each_job_once_with_the_user(self):
        with listening() as bell:
            for _time in range(3):
                self.assertTrue(ring("count"))
            ring("count", 7)
            self.assertEqual(bell.wait(30, threading.Event()), {Asked("count"), Asked("count", 7)})
        self.assertFalse(ring("count"), "The socket was not removed.")

    def test_a_full_socket_does_not_block(self):
        with listening():
            answers = [ring("count") for _time in range(100_000)]
        self.assertIn(False, answers)

    def test_without_a_writable_socket_jobs_run_at_their_scheduled_time(self):
        with (
            override_settings(DUE_SOCKET="/proc/no/such/place.sock"),
            self.assertLogs("shs.due", "WARNING"),
            listening() as bell,
        ):
            stop = threading.Event()
            stop.set()
            self.assertEqual(bell.wait(30, stop), set())

    def test_the_last_process_that_listens_gets_the_messages(self):
        with listening(), listening() as second:
            ring("count")
            self.assertEqual(second.wait(30, threading.Event()), {Asked("count")})

    def test_an_invalid_user_id_is_ignored(self):
        with socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0] as deaf:
            self.assertEqual(Bell(deaf).wait(0, threading.Event()), set())
        with listening() as bell, mock.patch("shs.core.due.bell.select", return_value=([1], [], [])):
            ring("count x\x00 y")
            self.assertEqual(bell.wait(1, threading.Event()), {Asked("count", None)})


class DueProcess(HasSocket, Registered, CommittedTestCase):
    """`run_due --every`, in a thread."""

    def run_until(self, condition) -> None:
        stop = threading.Event()
        options = {"every": 3600, "pause": 3600, "stop": stop, "say": self.said.append}
        process = threading.Thread(target=keep_running, kwargs=options)
        process.start()
        try:
            while not ring(""):  # until it listens
                time.sleep(0.01)
            for name, by_id in self.asked:
                ring(name, by_id)
            while not condition():
                time.sleep(0.01)
        finally:
            stop.set()
            process.join()

    def setUp(self):
        super().setUp()
        self.said: list[str] = []
        self.asked: list[tuple[str, int | None]] = []

    def test_it_runs_a_requested_job_before_its_scheduled_time(self):
        self.job()
        self.asked = [("count", None)]
        self.run_until(lambda: self.said)
        self.assertEqual((self.calls, self.said), (["count"], ["count: 3"]))

    def test_the_run_records_the_user(self):
        self.job()
        frank = make_user("Frank", Role.ADMIN)
        self.asked = [("count", frank.pk)]
        self.run_until(lambda: self.said)
        self.assertEqual(JobRun.objects.get().by, frank)

    def test_unknown_and_failing_jobs_do_not_end_it(self):
        def fail(*, now, dry_run=False):
            raise ValueError

        self.job("fail", work=fail)
        self.job()
        self.asked = [("nonsense", None), ("fail", None), ("count", None)]
        with self.assertLogs("shs.due", "ERROR"):
            self.run_until(lambda: len(self.said) == 2)
        self.assertEqual(self.calls, ["count"])


class Publishing(TestCase):
    """The messages that requests publish to a broker."""

    def setUp(self):
        self.publisher = broker.Publisher()
        patch = mock.patch.object(broker, "_publisher", self.publisher)
        patch.start()
        self.addCleanup(patch.stop)
        self.go, self.taken = threading.Event(), []
        self.addCleanup(self.go.set)

    def take(self, name: str, by_id: int | None) -> bool:
        """A broker that accepts no message before `go` is set."""
        self.go.wait(60)
        self.taken.append((name, by_id))
        return True

    @override_settings(CELERY_BROKER_URL="redis://127.0.0.1:1/0")
    def test_a_job_is_published_once_after_the_commit_and_not_run_here(self):
        with mock.patch.object(broker, "_published", self.take):
            with self.captureOnCommitCallbacks(execute=True):
                soon("mark_missed")
                soon("mark_missed")
                self.assertEqual(self.publisher._waiting, {})
            last = self.publisher._waiting["mark_missed", None]
            self.go.set()
            self.assertTrue(last.result(timeout=60))
        self.assertEqual(self.taken, [("mark_missed", None)])
        self.assertFalse(JobRun.objects.exists())

    def test_while_the_broker_hangs_requests_do_not_wait_and_messages_do_not_pile_up(self):
        with mock.patch.object(broker, "_published", self.take), mock.patch.object(broker, "PATIENCE_SECONDS", 0):
            first = self.publisher.put("count", None)
            while self.publisher._busy_since is None:
                time.sleep(0.001)
            time.sleep(0.001)
            self.assertFalse(broker.send("count", by_id=1))
            for _time in range(1000):
                broker.publish("count")
            self.assertEqual(len(self.publisher._waiting), 1)
            self.go.set()
            self.assertTrue(first.result(timeout=60))

    def test_a_refusing_broker_is_logged_without_its_address(self):
        failing = mock.patch.object(broker.run_job, "apply_async", side_effect=CeleryTimeout("redis://:topsecret@h"))
        with failing, self.assertLogs("shs.due", "WARNING") as logged:
            self.assertFalse(broker.send("mark_missed", by_id=1))
        self.assertNotIn("topsecret", logged.output[0])
