"""The base class of the Celery tests: a real Redis, and real workers and beats on the database of the test."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from collections.abc import Callable
from pathlib import Path

from django.test import tag

from shs.core.backup.databases import database_url
from shs.core.tests.processes import started
from shs.testing import CommittedTestCase

REDIS = shutil.which("redis-server")
LEASE_SECONDS = 3


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@tag("worker")
@unittest.skipUnless(REDIS, "redis-server is not installed: the tests with a real worker are skipped.")
class WorkerTestCase(CommittedTestCase):
    """Starts a Redis, and workers and beats on the database of the test; all end with the test."""

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
        log = self.enterContext((self.folder / "log").open("ab"))
        return self.enterContext(started(command, environment=self.environment, log=log))

    def children(self, process: subprocess.Popen) -> list[int]:
        """The child processes of a worker, which run the jobs."""
        return [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]

    def celery(self, *arguments: str) -> subprocess.Popen:
        return self.start(sys.executable, "-m", "celery", "-A", self.app, *arguments)

    def worker(self, *arguments: str) -> subprocess.Popen:
        return self.celery("worker", "--loglevel=WARNING", "--concurrency=2", *arguments)

    def beat(self, name: str = "schedule") -> subprocess.Popen:
        """Start beat with its schedule in a file of this name."""
        return self.celery("beat", "--loglevel=WARNING", f"--schedule={self.folder / name}", "--pidfile=")

    def wait(self, seconds: float, is_so: Callable[[], object]) -> None:
        until = time.monotonic() + seconds
        while not is_so():
            if time.monotonic() > until:
                self.fail((self.folder / "log").read_text(errors="replace")[-2000:] or "Nothing happened in time.")
            time.sleep(0.1)
