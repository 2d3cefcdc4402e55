"""The `serve` command: the number of processes, and a real server that is killed, reloaded and stopped."""

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

from shs.core.backup.databases import database_url
from shs.core.serving import cores, gunicorn_options, workers
from shs.core.tests.processes import started
from shs.testing import CommittedTestCase

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

    def test_without_a_limit_it_is_the_cpu_affinity_of_the_process(self):
        self.assertEqual([self.of(), self.of(cpu_max="max 100000\n"), self.of(bound=1)], [8, 8, 1])

    def test_the_quota_of_a_container_is_rounded_up(self):
        shares = {"200000 100000": 2, "150000 100000": 2, "50000 100000": 1, "1600000 100000": 8, "rubbish": 8}
        for share, expected in shares.items():
            with self.subTest(share):
                self.assertEqual(self.of(cpu_max=share), expected)

    def test_the_quota_is_read_from_cgroup_v1_too(self):
        for quota, expected in (("300000\n", 3), ("-1\n", 8)):
            found = self.of(cpu__cpu_cfs_quota_us=quota, cpu__cpu_cfs_period_us="100000\n")
            self.assertEqual(found, expected)

    def test_there_are_at_least_two_processes_by_default(self):
        with mock.patch("shs.core.serving.cores", return_value=1):
            self.assertEqual([workers(0), workers(1), workers(5)], [2, 1, 5])

    def test_an_ipv6_address_is_put_in_brackets(self):
        chosen = gunicorn_options(host="::", port=80, processes=2, threads=4, does_due_work=True)
        self.assertIn("[::]:80", chosen)
        self.assertEqual(chosen[0], "shs.wsgi:with_due_work()")


@tag("faults", "any_database")
class ServeCommand(CommittedTestCase):
    """`manage.py serve` as a process: one server for all tests, and no database is needed to replace its processes."""

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
        self.wait_for(lambda: self.status("/readyz") == 200)

    def status(self, path: str = "/healthz") -> int:
        """The status of the server's response; 0 if there is none."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
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

    def test_requests_are_answered_beside_idle_connections_after_a_killed_process_and_during_a_reload(self):
        for _ in range(200):
            idle = socket.create_connection(("127.0.0.1", self.port), timeout=10)
            self.addCleanup(idle.close)
            idle.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        self.assertEqual(self.status(), 200)
        self.assert_a_killed_process_is_replaced()
        self.assert_a_reload_ends_no_request()
        self.server.terminate()
        self.assertEqual(self.server.wait(timeout=40), 0)

    def assert_a_killed_process_is_replaced(self):
        self.wait_for(lambda: len(self.children()) == 2)
        killed = min(self.children())
        os.kill(killed, signal.SIGKILL)
        answers = [self.status() for _ in range(20)]
        self.assertGreaterEqual(answers.count(200), 19, answers)  # the killed process may have been handling one
        self.wait_for(lambda: len(self.children() - {killed}) == 2)

    def assert_a_reload_ends_no_request(self):
        before = self.children()
        self.server.send_signal(signal.SIGHUP)
        answers: list[int] = []

        def renewed() -> bool:
            answers.append(self.status())
            return len(self.children()) == 2 and not self.children() & before

        self.wait_for(renewed)
        # A process that exits closes connections that have not sent a request yet; a proxy would retry.
        self.assertLessEqual(set(answers), {0, 200})
        self.assertLessEqual(answers.count(0), 4, answers)
