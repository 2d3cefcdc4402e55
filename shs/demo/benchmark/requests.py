"""Requests that reach the WSGI application as a server would hand them over, without a server."""

import json
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import NamedTuple, TypeAlias
from urllib.parse import urlsplit

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler

Environ: TypeAlias = dict[str, object]


class Asked(NamedTuple):
    """One request: `headers` as in WSGI's environ, `body` to send as JSON."""

    path: str
    method: str = "GET"
    headers: Mapping[str, str] = {}
    body: Mapping[str, object] | None = None


class Answer(NamedTuple):
    """Status, headers and content of an answer."""

    status: int
    headers: dict[str, str]
    content: bytes


def environ(asked: Asked) -> Environ:
    """What a server would hand over for a request."""
    parts = urlsplit(asked.path)
    content = b"" if asked.body is None else json.dumps(asked.body).encode()
    host = next((host for host in settings.ALLOWED_HOSTS if host[:1] not in ".*["), "localhost")
    made: Environ = {
        "REQUEST_METHOD": asked.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": parts.path,
        "QUERY_STRING": parts.query,
        "SERVER_NAME": host,
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": host,
        "HTTP_ACCEPT": "*/*",
        "HTTP_X_FORWARDED_PROTO": "https",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https",
        "wsgi.input": BytesIO(content),
        "wsgi.errors": BytesIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    if content:
        made |= {"CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(content))}
    return made | dict(asked.headers)


def call(application: WSGIHandler, given: Environ) -> Answer:
    """The answer of the application, read and closed as a server does."""
    told: list[tuple[int, dict[str, str]]] = []

    def start(status: str, headers: list[tuple[str, str]], error: object = None, /) -> Callable[[bytes], object]:
        told.append((int(status[:3]), dict(headers)))
        return lambda content: None

    response = application(given, start)
    try:
        content = b"".join(response)
    finally:
        response.close()
    return Answer(*told[0], content)
