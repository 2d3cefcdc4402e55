"""Calls the WSGI application directly, without a server."""

import json
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import NamedTuple, TypeAlias
from urllib.parse import urlsplit

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler

Environ: TypeAlias = dict[str, object]


class Asked(NamedTuple):
    """One request: `headers` as in WSGI's environ, `body` to send as JSON, `form` the type and bytes of another."""

    path: str
    method: str = "GET"
    headers: Mapping[str, str] = {}
    body: Mapping[str, object] | None = None
    form: tuple[str, bytes] | None = None


class Answer(NamedTuple):
    """The status, headers and body of a response."""

    status: int
    headers: dict[str, str]
    content: bytes


def environ(asked: Asked) -> Environ:
    """The WSGI environ of a request."""
    parts = urlsplit(asked.path)
    kind, content = asked.form or ("application/json", b"" if asked.body is None else json.dumps(asked.body).encode())
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
        made |= {"CONTENT_TYPE": kind, "CONTENT_LENGTH": str(len(content))}
    return made | dict(asked.headers)


def call(application: WSGIHandler, given: Environ, *, keep: bool = True) -> Answer:
    """The application's response, read and closed as by a server; its content is thrown away unless `keep`."""
    told: list[tuple[int, dict[str, str]]] = []

    def start(status: str, headers: list[tuple[str, str]], error: object = None, /) -> Callable[[bytes], object]:
        told.append((int(status[:3]), dict(headers)))
        return lambda content: None

    response = application(given, start)
    try:
        content = b"".join(part if keep else b"" for part in response)
    finally:
        response.close()
    return Answer(*told[0], content)
