"""ETags for public responses, and a cache of responses to anonymous callers that is valid until the database
changes."""

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
    """Decorator (`@decorate_view(public_answer)`): adds an ETag, and answers 304 to a client that has this version.
    Responses to anonymous callers may be stored by caches but must be revalidated each time, so that hidden rows
    disappear at once; responses to a caller with a token are private."""

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


# --- Cached responses ---

MOST_KEPT = 50
MOST_BYTES = 64 * 1024
"""The limits for each connection: the number of responses, and the size of one response in bytes."""


class Kept(NamedTuple):
    """A cached response, and the version of the database (see `_version`) for which it is valid."""

    version: Hashable
    content: bytes
    etag: str


class Memory:
    """The cached responses of one database connection. They are dropped when the connection is reopened, because
    versions of different connections cannot be compared."""

    def __init__(self) -> None:
        self.opened: object = None
        self.answers: dict[Hashable, Kept] = {}

    def of(self, connection: BaseDatabaseWrapper) -> dict[Hashable, Kept]:
        """The responses that are valid for the present connection."""
        if self.opened is not connection.connection or len(self.answers) > MOST_KEPT:
            self.opened, self.answers = connection.connection, {}
        return self.answers


_memories: WeakKeyDictionary[BaseDatabaseWrapper, Memory] = WeakKeyDictionary()


def remembered_answer(view: View[Arguments]) -> View[Arguments]:
    """As `public_answer`, with a cache in this process for responses to anonymous callers. A cached response is used
    only if nothing has been committed to the database since, so hidden or changed rows are never shown. The response
    must depend on the address, the database and today's date only."""
    plain = public_answer(view)

    @wraps(view)
    def answered(request: HttpRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> HttpResponse:
        connection = connections[DEFAULT_DB_ALIAS]
        # Inside a transaction the version could be of changes that are rolled back later.
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
    """A value that changes with each commit by any connection. PostgreSQL: the present snapshot. SQLite: its counter of
    commits by other connections, and the number of rows changed by this connection."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_current_snapshot()::text")
            return str(cursor.fetchone()[0])
        cursor.execute("PRAGMA data_version")
        return cursor.fetchone()[0], connection.connection.total_changes
