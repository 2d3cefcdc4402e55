"""The base class of tests that disturb a real server, which runs as by `manage.py serve`."""

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from shs.core.backup.databases import database_url
from shs.core.serving import gunicorn_options
from shs.core.tests.processes import started
from shs.core.tests.workers import free_port
from shs.testing import CommittedTestCase

KEY = "0123456789" * 6


class Answer(NamedTuple):
    """The response of the server: `status` (0: no response), and its duration in seconds."""

    status: int
    data: object
    seconds: float


class ServedTestCase(CommittedTestCase):
    """Starts servers on the database of the test; all end with the test."""

    processes, threads = 2, 8

    def setUp(self):
        super().setUp()
        self.port = free_port()
        self.log = Path(self.enterContext(TemporaryDirectory())) / "log"

    def serve(self, **environment: str) -> subprocess.Popen:
        """Start a server in a process group of its own, and wait until it answers."""
        options = gunicorn_options(
            host="127.0.0.1", port=self.port, processes=self.processes, threads=self.threads, does_due_work=False
        )
        named = {"DATABASE_URL": database_url(), "SECRET_KEY": KEY, "DEBUG": "on", "HTTPS_ONLY": "off"}
        command = [sys.executable, "-m", "gunicorn", "shs.tests.application", *options[1:]]
        log = self.enterContext(self.log.open("ab"))
        server = self.enterContext(started(command, environment=os.environ | named | environment, log=log))
        self.wait(120, lambda: server.poll() is not None or self.ask("GET", "/healthz").status == 200)
        self.assertIsNone(server.poll(), self.log.read_text(errors="replace")[-3000:])
        return server

    def ask(self, method: str, path: str, data: object = None, timeout: float = 120, **headers: str) -> Answer:
        """One request on a new connection."""
        began = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        headers |= {"Content-Type": "application/json"} if data is not None else {}
        try:
            connection.request(method, path, json.dumps(data) if data is not None else None, headers)
            answer = connection.getresponse()
            text = answer.read()
            is_json = "json" in (answer.headers.get("Content-Type") or "")
            return Answer(answer.status, json.loads(text) if is_json else text, time.monotonic() - began)
        except (OSError, http.client.HTTPException):
            return Answer(0, None, time.monotonic() - began)
        finally:
            connection.close()

    def wait(self, seconds: float, is_so: Callable[[], object]) -> None:
        until = time.monotonic() + seconds
        while not is_so():
            if time.monotonic() > until:
                self.fail(f"It did not happen in time.\n{self.log.read_text(errors='replace')[-3000:]}")
            time.sleep(0.05)
