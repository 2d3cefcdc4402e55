"""The client for other services: limits time, size and number of calls, and validates answers."""

import json
import socket
import threading
import time
from collections.abc import Callable, Container, Mapping
from concurrent.futures import Future
from contextlib import suppress
from typing import NamedTuple

import requests
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, NewConnectionError

from shs.core.errors import Refused

JSON = "application/json"
CONNECT_SECONDS = 2
MOST_BYTES = 256 * 1024
MOST_FAILURES = 5
OPEN_SECONDS = 15
MOST_RETRY_AFTER = 60


Payload = Mapping[str, object]
"""A JSON value to send."""


class UpstreamRefused(Refused):
    """Another service failed; its own message is never shown. `was_sent`: it may have got the request."""

    was_sent = False


class UpstreamUnavailable(UpstreamRefused):
    """The service cannot be reached or is unavailable."""

    status = 503
    code = "upstream_unavailable"
    title = _("This service cannot be reached at the moment; please try again")
    retry_after = 5


class UpstreamTimeout(UpstreamRefused):
    """The service did not answer in time."""

    status = 504
    code = "upstream_timeout"
    title = _("This service takes too long at the moment; please try again")


class UpstreamFault(UpstreamRefused):
    """The service's answer is invalid."""

    status = 502
    code = "upstream_fault"
    title = _("This service gave an answer that cannot be used; please try again later")


class Answer(NamedTuple):
    """A service's answer: HTTP status and JSON body."""

    status: int
    data: object


class Asked(NamedTuple):
    """A request as another service wants it. `accepted` are the statuses that are an answer; others are a failure. The
    answer is the body as text."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None
    accepted: Container[int]


class Circuit(models.TextChoices):
    """State of the circuit breaker."""

    CLOSED = "closed", _("working")
    OPEN = "open", _("paused after repeated failures")
    HALF_OPEN = "half_open", _("being tried again")


class State(NamedTuple):
    """The state of a service as this process has seen it."""

    circuit: Circuit
    failures: int
    waiting: int


class Service:
    """One service at `url`. A call ends after `total_seconds`, whatever the service does; at most
    UPSTREAM_MOST_WAITING calls run at a time; after MOST_FAILURES failures in a row calls are refused for
    `open_seconds`, then one is tried. No cookie, token, proxy or password of the environment is sent. The state belongs
    to this process; another process learns it after at most MOST_FAILURES calls of its own."""

    def __init__(self, *, name: str, url: str, total_seconds: float, open_seconds: float = OPEN_SECONDS):
        self.name, self.url = name, url
        self.total_seconds, self.open_seconds = total_seconds, open_seconds
        self._lock = threading.Lock()
        self._failures = self._waiting = 0
        self._opened_at: float | None = None
        self._is_probing = False

    def get(self, path: str) -> object:
        """The JSON at `path`. Raises UpstreamUnavailable (503), UpstreamTimeout (504), UpstreamFault (502)."""
        return self.call("GET", path).data

    def post(self, path: str, payload: Payload, *, passing: tuple[int, ...] = ()) -> Answer:
        """The answer to `payload` as JSON; a status in `passing` is an answer too. Raises as `get`."""
        return self.call("POST", path, payload, passing=passing)

    def call(self, method: str, path: str, payload: Payload | None = None, *, passing: tuple[int, ...] = ()) -> Answer:
        """One call. Never inside a transaction, because a hanging service would hold its locks."""
        body = None if payload is None else json.dumps(payload, allow_nan=False).encode()
        headers = {} if body is None else {"Content-Type": JSON}
        return self._call(Asked(method, f"{self.url}{path}", headers, body, {200, *passing}), is_json=True)

    def ask(self, asked: Asked) -> Answer:
        """The answer to `asked`, with its body as text. Raises as `get`; the error's `was_sent` tells whether the
        service may have acted on it."""
        return self._call(asked, is_json=False)

    def _call(self, asked: Asked, *, is_json: bool) -> Answer:
        is_probe = self._enter()
        failed = True
        try:
            answer = self._within(_Call(asked, is_json, self.total_seconds))
            failed = False
        finally:
            self._count(failed=failed, is_probe=is_probe)
        return answer

    def state(self) -> State:
        """The present state of the service for this process."""
        with self._lock:
            if self._opened_at is None:
                circuit = Circuit.CLOSED
            elif self._is_probing or time.monotonic() - self._opened_at >= self.open_seconds:
                circuit = Circuit.HALF_OPEN
            else:
                circuit = Circuit.OPEN
            return State(circuit, self._failures, self._waiting)

    def _enter(self) -> bool:
        """Whether this call is the trial after a pause. Raises UpstreamUnavailable if calls are refused."""
        with self._lock:
            left = 0.0
            if self._opened_at is not None:
                left = self.open_seconds - (time.monotonic() - self._opened_at)
            if left > 0 or self._is_probing:
                raise UpstreamUnavailable(retry_after=max(1, round(left)))
            if self._waiting >= settings.UPSTREAM_MOST_WAITING:
                raise UpstreamUnavailable
            self._waiting += 1
            self._is_probing = self._opened_at is not None
            return self._is_probing

    def _count(self, *, failed: bool, is_probe: bool) -> None:
        with self._lock:
            if is_probe:
                self._is_probing = False
            self._failures = self._failures + 1 if failed else 0
            if not failed:
                self._opened_at = None
            elif is_probe or (self._failures >= MOST_FAILURES and self._opened_at is None):
                self._opened_at = time.monotonic()

    def _within(self, call: "_Call") -> Answer:
        """The answer of `call`, run in a thread of its own, because resolving a name cannot be interrupted."""
        future: Future[Answer] = Future()
        threading.Thread(target=self._work, args=(call, future), name=f"{self.name}-call", daemon=True).start()
        try:
            return future.result(timeout=max(0.0, call.left()))
        except (TimeoutError, UpstreamRefused) as error:
            refusal = error if isinstance(error, UpstreamRefused) else UpstreamTimeout()
            refusal.was_sent = call.cut_off()
            raise refusal from None
        finally:
            call.cut_off()

    def _work(self, call: "_Call", future: Future[Answer]) -> None:
        try:
            future.set_result(call.run())
        except BaseException as error:  # raised in the waiting thread
            future.set_exception(error)
        finally:
            with self._lock:
                self._waiting -= 1


class _Call:
    """One call and its sockets. They are closed when its time is over, which is the only way to stop a body that
    arrives slowly."""

    def __init__(self, asked: Asked, is_json: bool, seconds: float):
        self.asked, self.is_json = asked, is_json
        self.ends_at = time.monotonic() + seconds
        self.sockets: list[socket.socket] = []
        self.is_cut, self.lock = False, threading.Lock()

    def left(self) -> float:
        return self.ends_at - time.monotonic()

    def connected(self, sock: socket.socket) -> None:
        """Note an open socket. One that is opened after the call's time must send nothing: the caller may already have
        been told that nothing was sent."""
        with self.lock:
            if self.is_cut:
                sock.close()
                raise ConnectionAbortedError
            self.sockets.append(sock)

    def cut_off(self) -> bool:
        """End the call; whether a socket had been opened, so that the request may have been sent."""
        with self.lock:
            self.is_cut = True
        for sock in self.sockets:
            with suppress(OSError):
                sock.shutdown(2)
        return bool(self.sockets)

    def run(self) -> Answer:
        with requests.Session() as session:
            session.trust_env = False
            for scheme in ("http://", "https://"):
                session.mount(scheme, _Adapter(self.connected))
            try:
                return self._read(self._send(session))
            except requests.Timeout:
                raise UpstreamTimeout from None
            except requests.RequestException:
                raise (UpstreamTimeout if self.left() <= 0 else UpstreamUnavailable)() from None

    def _send(self, session: requests.Session) -> requests.Response:
        """The response to the request; retried once, only if nothing was sent."""
        try:
            return self._request(session)
        except requests.ConnectionError as error:
            if not _was_refused(error):
                raise
        return self._request(session)

    def _request(self, session: requests.Session) -> requests.Response:
        left = max(0.001, self.left())
        return session.request(
            self.asked.method,
            self.asked.url,
            data=self.asked.body,
            headers={
                "Accept": JSON if self.is_json else "*/*",
                "Accept-Encoding": "identity",
                "User-Agent": "shs",
                **self.asked.headers,
            },
            timeout=(min(CONNECT_SECONDS, left), left),
            allow_redirects=False,
            stream=True,
        )

    def _read(self, response: requests.Response) -> Answer:
        if response.status_code not in self.asked.accepted:
            if response.status_code in (429, 503):
                raise UpstreamUnavailable(retry_after=_retry_after(response))
            raise UpstreamFault
        kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if self.is_json and kind != JSON:
            raise UpstreamFault
        if response.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise UpstreamFault  # we requested no compression, and the size of the unpacked body has no limit
        if not self.is_json:
            return Answer(response.status_code, self._body(response).decode(errors="replace"))
        try:
            return Answer(response.status_code, json.loads(self._body(response), parse_constant=_no_number))
        except (ValueError, RecursionError):
            raise UpstreamFault from None

    def _body(self, response: requests.Response) -> bytes:
        body = b""
        try:
            while part := response.raw.read1(16 * 1024):
                body += part
                if len(body) > MOST_BYTES:
                    raise UpstreamFault
        except (HTTPError, OSError):
            raise (UpstreamTimeout if self.left() <= 0.05 else UpstreamFault)() from None
        return body


Tell = Callable[[socket.socket], None]


class _Adapter(HTTPAdapter):
    """An adapter that reports each socket that it opens."""

    def __init__(self, tell: Tell):
        self.tell = tell
        super().__init__(pool_connections=1, pool_maxsize=1)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **options: object) -> None:
        super().init_poolmanager(connections, maxsize, block, **options)
        self.poolmanager.pool_classes_by_scheme = {
            "http": _telling(HTTPConnectionPool, HTTPConnection, self.tell),
            "https": _telling(HTTPSConnectionPool, HTTPSConnection, self.tell),
        }


def _telling(pool: type[HTTPConnectionPool], connection: type[HTTPConnection], tell: Tell) -> type[HTTPConnectionPool]:
    class Telling(connection):  # type: ignore[valid-type]  # a class that is an argument
        def connect(self) -> None:
            super().connect()
            tell(self.sock)

    return type("TellingPool", (pool,), {"ConnectionCls": Telling})


def _was_refused(error: requests.ConnectionError) -> bool:
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(reason, NewConnectionError) and isinstance(reason.__cause__, ConnectionRefusedError)


def _retry_after(response: requests.Response) -> int:
    """The seconds of a service's Retry-After, at most 60."""
    text = response.headers.get("Retry-After", "").strip()
    if not (text.isascii() and text.isdigit()):
        return UpstreamUnavailable.retry_after or 1
    return min(MOST_RETRY_AFTER, max(1, int(text[:6])))


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no number of JSON.")
