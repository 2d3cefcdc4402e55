"""A local server that misbehaves on purpose, with real sockets; each function is one behaviour."""

import gzip
import json
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

Behaviour = Callable[[socket.socket, "Misbehaving"], None]


class Misbehaving:
    """A context manager: a server on 127.0.0.1 that treats every connection as `behaviour` says. `requests` holds each
    received request (request line, headers and body) as text."""

    def __init__(self, behaviour: Behaviour):
        self.behaviour = behaviour
        self.requests: list[str] = []
        self.is_over = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def __enter__(self) -> "Misbehaving":
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(self, *error: Any) -> None:
        self.is_over.set()
        self.listener.close()

    def _listen(self) -> None:
        while not self.is_over.is_set():
            try:
                connection, _address = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            self.requests.append(_request(connection))
            self.behaviour(connection, self)


def _request(connection: socket.socket) -> str:
    """The complete request."""
    text = b""
    while b"\r\n\r\n" not in text:
        part = connection.recv(65536)
        if not part:
            return text.decode()
        text += part
    head, _gap, body = text.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
    while len(body) < length:
        body += connection.recv(65536)
    return (head + b"\r\n\r\n" + body).decode()


def answers(data: Any = None, *, status: str = "200 OK", kind: str = "application/json", body: bytes | None = None,
            length: int | None = None, headers: str = "") -> Behaviour:  # fmt: skip
    """Answers at once, with `data` as JSON or with `body`; `length` is the Content-Length that it claims."""
    sent = json.dumps(data).encode() if body is None else body

    def behave(connection: socket.socket, server: Misbehaving) -> None:
        head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(sent) if length is None else length}"
        connection.sendall(f"{head}\r\nConnection: close\r\n{headers}\r\n".encode() + sent)

    return behave


def slow_headers(connection: socket.socket, server: Misbehaving) -> None:
    """Sends nothing at all."""
    server.is_over.wait(300)


def drips_headers(connection: socket.socket, server: Misbehaving) -> None:
    """Sends its headers one character at a time."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while not server.is_over.wait(0.05):
        connection.sendall(b"X")


def slow_body(connection: socket.socket, server: Misbehaving) -> None:
    """Sends headers that announce a body, but no body."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
    server.is_over.wait(300)


def drips(connection: socket.socket, server: Misbehaving) -> None:
    """Sends its body one character at a time."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n")
    while not server.is_over.wait(0.05):
        connection.sendall(b" ")


def closes_early(connection: socket.socket, server: Misbehaving) -> None:
    """Closes the connection without an answer."""


def resets_in_body(connection: socket.socket, server: Misbehaving) -> None:
    """Resets the connection in the middle of the body."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
    time.sleep(0.05)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


BOMB = gzip.compress(b'{"answer": "' + b"a" * 50_000_000 + b'"}')

TIMEOUTS = {"slow headers": slow_headers, "drip in the headers": drips_headers, "slow body": slow_body, "drip": drips}
FAULTS: dict[str, Behaviour] = {
    "500": answers({"error": "secret detail"}, status="500 Internal Server Error"),
    "404": answers({"detail": "no"}, status="404 Not Found"),
    "reset in the body": resets_in_body,
    "short body": answers(body=b'{"a": 1', length=500),
    "HTML": answers(body=b"<html>sorry</html>", kind="text/html"),
    "no type": answers({"a": 1}, kind="text/plain"),
    "malformed JSON": answers(body=b'{"answer": '),
    "NaN": answers(body=b'{"confidence": NaN}'),
    "infinity": answers(body=b'{"confidence": Infinity}'),
    "not UTF-8": answers(body=b'{"answer": "\xff\xfe"}'),
    "deep": answers(body=b"[" * 100_000),
    "too large": answers(body=b'{"answer": "' + b"a" * 300_000 + b'"}'),
    "redirect": answers({}, status="302 Found", headers="Location: /elsewhere\r\n"),
    "gzip bomb": answers(body=BOMB, headers="Content-Encoding: gzip\r\n"),
}
BUSY: dict[str, Behaviour] = {
    "503": answers({}, status="503 Service Unavailable", headers="Retry-After: 7\r\n"),
    "429": answers({}, status="429 Too Many Requests", headers="Retry-After: 7\r\n"),
}


def refused_url() -> str:
    """A URL on which no process listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"
