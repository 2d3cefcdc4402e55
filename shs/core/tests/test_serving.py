"""The served command: processes by the cores, and a real server that is killed, begun anew and ended."""

import http.client
import os
import signal
import socket
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

from django.test import SimpleTestCase, tag

from shs.core.serving import cores, gunicorn_options, workers
from shs.core.tests.processes import started
from shs.testing import CommittedTestCase, database_url

PATIENCE_SECONDS = 60


@tag("any_database")
class Cores(SimpleTestCase):
    def of(self, *, bound: int = 8, **files: str) -> int:
        control = Path(self.enterContext(TemporaryDirectory()))
        for name, content in files.items():
            place = control / name.replace("__", "/").replace("cpu_max", "cpu.max").replace("cpu_cfs", "cpu.cfs")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(content)
        with mock.patch("os.sched_getaffinity", return_value=set(range(bound)), create=True):
            return cores(control)

    def test_without_a_limit_those_that_the_process_is_bound_to_count(self):
        self.assertEqual([self.of(), self.of(cpu_max="max 100000\n"), self.of(bound=1)], [8, 8, 1])

    def test_the_share_of_a_container_counts_rounded_up(self):
        shares = {"200000 100000": 2, "150000 100000": 2, "50000 100000": 1, "1600000 100000": 8, "rubbish": 8}
        for share, expected in shares.items():
            with self.subTest(share):
                self.assertEqual(self.of(cpu_max=share), expected)

    def test_older_containers_say_it_in_two_files(self):
        for quota, expected in (("300000\n", 3), ("-1\n", 8)):
            found = self.of(cpu__cpu_cfs_quota_us=quota, cpu__cpu_cfs_period_us="100000\n")
            self.assertEqual(found, expected)

    def test_there_are_at_least_two_processes_unless_somebody_says_otherwise(self):
        with mock.patch("shs.core.serving.cores", return_value=1):
            self.assertEqual([workers(0), workers(1), workers(5)], [2, 1, 5])

    def test_an_address_of_ipv6_is_told_in_brackets(self):
        chosen = gunicorn_options(host="::", port=80, processes=2, threads=4, does_due_work=True)
        self.assertIn("[::]:80", chosen)
        self.assertEqual(chosen[0], "shs.wsgi:with_due_work()")


@tag("faults")
class Served(CommittedTestCase):
    """`manage.py serve` as a process."""

    def setUp(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        environment = {"DATABASE_URL": database_url(), "SECRET_KEY": "x" * 60, "DEBUG": "on", "HTTPS_ONLY": "off"}
        environment |= {"WEB_CONCURRENCY": "2", "WEB_THREADS": "2"}
        self.log = Path(self.enterContext(TemporaryDirectory())) / "log"
        log = self.enterContext(self.log.open("wb"))
        command = [sys.executable, "manage.py", "serve", "--port", str(self.port)]
        self.server = self.enterContext(started(command, environment=os.environ | environment, log=log))
        self.wait_for(lambda: self.status() == 200)

    def status(self) -> int:
        """What the server answers; 0 for nothing."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()

    def wait_for(self, condition) -> None:
        until = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            self.assertLess(time.monotonic(), until, self.log.read_text())
            self.assertIsNone(self.server.poll(), self.log.read_text())
            time.sleep(0.05)

    def children(self) -> set[int]:
        found = Path(f"/proc/{self.server.pid}/task/{self.server.pid}/children").read_text().split()
        return {int(pid) for pid in found}

    def test_a_process_that_is_killed_is_replaced_and_requests_are_answered_meanwhile(self):
        self.wait_for(lambda: len(self.children()) == 2)
        killed = min(self.children())
        os.kill(killed, signal.SIGKILL)
        answers = [self.status() for _ in range(20)]
        self.assertGreaterEqual(answers.count(200), 19, answers)  # one may have been in its hands
        self.wait_for(lambda: len(self.children() - {killed}) == 2)

    def test_a_reload_answers_on_and_an_end_is_quick(self):
        self.wait_for(lambda: len(self.children()) == 2)
        before = self.children()
        self.server.send_signal(signal.SIGHUP)
        answers: list[int] = []

        def renewed() -> bool:
            answers.append(self.status())
            return len(self.children()) == 2 and not self.children() & before

        self.wait_for(renewed)
        # A process that ends closes what has just connected and not asked yet: a proxy asks again.
        self.assertLessEqual(set(answers), {0, 200})
        self.assertLessEqual(answers.count(0), 4, answers)
        self.server.terminate()
        self.assertEqual(self.server.wait(timeout=40), 0)

    def test_200_idle_connections_keep_nobody_waiting(self):
        for _ in range(200):
            idle = socket.create_connection(("127.0.0.1", self.port), timeout=10)
            self.addCleanup(idle.close)
            idle.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        self.assertEqual(self.status(), 200)
