"""Measures requests to a real server, as `manage.py serve` starts it: how many it answers a second, and how long they
take, waiting included."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import chain
from statistics import quantiles
from threading import Thread
from typing import NamedTuple

from django.conf import settings
from django.db import connection

from shs.core.backup.databases import database_url
from shs.core.serving import gunicorn_options
from shs.demo.benchmark.cases import people, token_of
from shs.demo.benchmark.measure import WrongAnswer

WORKERS, THREADS, CLIENTS = 2, 8, 8
START_SECONDS = 60
TITLE = f"{f'served, {WORKERS} workers, {CLIENTS} clients':34}{'requests/s':>12}{'p50 ms':>9}{'p95 ms':>9}{'max ms':>9}"


APPLICATION = "shs.demo.benchmark.application"


class Served(NamedTuple):
    """The results of one request: how many a second, and percentiles in milliseconds."""

    name: str
    per_second: float
    p50: float
    p95: float
    highest: float

    def line(self) -> str:
        """A line of the printed table."""
        return f"{self.name:34}{self.per_second:12,.0f}{self.p50:9.1f}{self.p95:9.1f}{self.highest:9.1f}"

    def over_budget(self) -> list[str]:
        """Nothing: rates depend on the machine."""
        return []


def measure_served(*, seconds: float) -> Iterator[Served]:
    """Send each request for so many `seconds`, by CLIENTS at once on connections that are kept."""
    patient = token_of(people().patient)["HTTP_AUTHORIZATION"]
    search, visits = "/api/v1/doctors/search?page_size=20", "/api/v1/appointments/my-appointments?page_size=30"
    with server() as port:
        yield _measured("doctor search, anonymous", port, search, {}, seconds)
        yield _measured("doctor search", port, search, {"Authorization": patient}, seconds)
        yield _measured("my appointments", port, visits, {"Authorization": patient}, seconds)


@contextmanager
def server() -> Iterator[int]:
    """Context manager: gunicorn on the present database, with the options of `manage.py serve`; yields its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    options = gunicorn_options(host="127.0.0.1", port=port, processes=WORKERS, threads=THREADS, does_due_work=False)
    command = [sys.executable, "-m", "gunicorn", APPLICATION, *options[1:]]
    named = {"DATABASE_URL": database_url(), "SECRET_KEY": settings.SECRET_KEY, "DEBUG": "on", "HTTPS_ONLY": "off"}
    connection.close()
    with subprocess.Popen(  # noqa: S603  our own command
        command, cwd=settings.BASE_DIR, env=os.environ | named, start_new_session=True
    ) as process:
        try:
            _wait(process, port)
            yield port
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def _wait(process: "subprocess.Popen[bytes]", port: int) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        with suppress(OSError):
            Client(port, "/api/v1/doctors/specializations", {}).ask()
            return
        time.sleep(0.1)
    raise WrongAnswer("The server did not start.")


class Client:
    """A connection that sends the same request again and again. Written by hand, because an HTTP library would take
    more of the two cores than the server."""

    def __init__(self, port: int, path: str, headers: Mapping[str, str]) -> None:
        named = {"Host": "127.0.0.1", "Accept": "*/*", **headers}
        lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in named.items()), "", ""]
        self.request, self.path = "\r\n".join(lines).encode(), path
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)

    def ask(self) -> float:
        """The milliseconds until the answer has come. Raises WrongAnswer."""
        began = time.perf_counter()
        self.socket.sendall(self.request)
        head, _gap, body = self._read(b"").partition(b"\r\n\r\n")
        while not _gap:
            head, _gap, body = self._read(head).partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise WrongAnswer(f"{self.path}: {head[:100]!r}")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        while len(body) < length:
            body = self._read(body)
        return 1000 * (time.perf_counter() - began)

    def _read(self, before: bytes) -> bytes:
        more = self.socket.recv(65_536)
        if not more:
            raise ConnectionResetError(self.path)
        return before + more


def _measured(name: str, port: int, path: str, headers: Mapping[str, str], seconds: float) -> Served:
    times: list[list[float]] = [[] for _client in range(CLIENTS)]
    clients = [Client(port, path, headers) for _client in times]
    for client in clients * 3:
        client.ask()  # the first requests of a thread fill caches
    began = time.monotonic()

    def work(client: Client, own: list[float]) -> None:
        while time.monotonic() < began + seconds:
            own.append(client.ask())
        client.socket.close()

    threads = [Thread(target=work, args=pair) for pair in zip(clients, times, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took, every = time.monotonic() - began, sorted(chain.from_iterable(times))
    if len(every) < CLIENTS or not all(times):
        raise WrongAnswer(f"{name}: a client got no answer")
    parts = quantiles(every, n=20)
    return Served(name, len(every) / took, parts[9], parts[18], every[-1])
