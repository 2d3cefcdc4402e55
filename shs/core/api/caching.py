"""Answers with an ETag, and answers to anonymous callers that are given again while the database is unchanged."""

import hashlib
from collections.abc import Callable, Hashable
from functools import wraps
from typing import Concatenate, NamedTuple, ParamSpec, TypeAlias
from weakref import WeakKeyDictionary

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import quote_etag

Arguments = ParamSpec("Arguments")
View: TypeAlias = Callable[Concatenate[HttpRequest, Arguments], HttpResponse]


def public_answer(view: View[Arguments]) -> View[Arguments]:
    """Answer with an ETag, and with 304 to a client that has this version. Caches may store answers to anonymous
    callers but must revalidate them each time, so that hidden rows disappear at once; answers to a caller with a token
    are private. Use as `@decorate_view(public_answer)`."""

    @wraps(view)
    def answered(request: HttpRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if response.status_code != 200:
            return response
        return _with_etag(request, response, quote_etag(hashlib.sha256(response.content).hexdigest()[:32]))

    return answered


def _with_etag(request: HttpRequest, response: HttpResponse, etag: str) -> HttpResponse:
    response["Cache-Control"] = "public, no-cache" if _is_anonymous(request) else "private, no-cache"
    patch_vary_headers(response, ["Authorization"])
    response["ETag"] = etag
    conditional: HttpResponse | None = get_conditional_response(request, etag=etag, response=response)
    return conditional or response


def _is_anonymous(request: HttpRequest) -> bool:
    return "HTTP_AUTHORIZATION" not in request.META


# --- Answers that are given again ---

MOST_KEPT = 50
MOST_BYTES = 64 * 1024
"""A connection remembers at most so many answers, each of at most so many bytes."""


class Kept(NamedTuple):
    """An answer, and the version of the database (see `_version`) in which it was true."""

    version: Hashable
    content: bytes
    etag: str


class Memory:
    """The answers of one connection. A connection that was opened again begins anew: its versions are counted anew."""

    def __init__(self) -> None:
        self.opened: object = None
        self.answers: dict[Hashable, Kept] = {}

    def of(self, connection: BaseDatabaseWrapper) -> dict[Hashable, Kept]:
        """The answers that are still of this connection."""
        if self.opened is not connection.connection or len(self.answers) > MOST_KEPT:
            self.opened, self.answers = connection.connection, {}
        return self.answers


_memories: WeakKeyDictionary[BaseDatabaseWrapper, Memory] = WeakKeyDictionary()


def remembered_answer(view: View[Arguments]) -> View[Arguments]:
    """As `public_answer`, and the answer to an anonymous caller is given again, from this process's memory, as long as
    nothing at all was committed to the database: what was hidden or changed since is never shown. The answer must
    depend on the address, the database and today's date only."""
    plain = public_answer(view)

    @wraps(view)
    def answered(request: HttpRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> HttpResponse:
        connection = connections[DEFAULT_DB_ALIAS]
        # A transaction that is rolled back leaves a version that never was.
        if connection.in_atomic_block or not _is_anonymous(request):
            return plain(request, *args, **kwargs)
        version = _version(connection)
        answers = _memories.setdefault(connection, Memory()).of(connection)
        key = (request.get_full_path(), timezone.localdate())
        kept = answers.get(key)
        if kept is not None and kept.version == version:
            return _with_etag(request, HttpResponse(kept.content, content_type="application/json"), kept.etag)
        response = plain(request, *args, **kwargs)
        if response.status_code == 200 and len(response.content) <= MOST_BYTES:
            answers[key] = Kept(version, response.content, response["ETag"])
        return response

    return answered


def _version(connection: BaseDatabaseWrapper) -> Hashable:
    """What differs after each commit by anybody: on PostgreSQL the set of transactions that are seen; on SQLite its
    count of others' commits, and the rows that this connection has changed."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_current_snapshot()::text")
            return str(cursor.fetchone()[0])
        cursor.execute("PRAGMA data_version")
        return cursor.fetchone()[0], connection.connection.total_changes
