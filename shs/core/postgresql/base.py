"""Django's backend for PostgreSQL with a time limit for each answer.

If a server is frozen or the network drops packets, a connection stays open without an answer. The server's own
`statement_timeout` cannot help then, nor can TCP keepalives while the other machine's kernel still answers them. So the
client waits a little longer than a statement may take, then closes the connection and raises OperationalError, which
becomes 503.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import TypeVar

import psycopg
from django.db.backends.postgresql import base
from django.db.backends.utils import CursorWrapper
from psycopg import Connection, OperationalError
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus

Result = TypeVar("Result")

ANSWER_SECONDS = 16.0
"""The time limit for an answer in seconds: one more than `statement_timeout` in databases.py."""

WHOLE_DATABASE_SECONDS = 300.0
"""The time limit in seconds for making or dropping a whole database, as tests do: its files are copied or deleted,
which takes long on a busy disk."""

HEALTH_SECONDS = 2.0
"""The time limit in seconds for the test of a kept connection, before a new one is opened."""


class DeadlineConnection(Connection[tuple[object, ...]]):
    """A connection that waits for an answer at most `answer_seconds`, and is closed then."""

    answer_seconds = ANSWER_SECONDS

    def wait(self, gen: PQGen[Result], interval: float = 0.1, timeout: float | None = None) -> Result:
        if timeout is not None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, self.answer_seconds)
        except OperationalError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                # The answer may still arrive at any time, so this connection cannot be used any more.
                self.pgconn.finish()
            raise


def _driver() -> ModuleType:
    """The psycopg module as Django's wrapper uses it, except that it connects by DeadlineConnection."""
    driver = ModuleType(psycopg.__name__)
    vars(driver).update(vars(psycopg), connect=DeadlineConnection.connect)
    return driver


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's wrapper with DeadlineConnection."""

    Database = _driver()

    @contextmanager
    def _nodb_cursor(self) -> Iterator[CursorWrapper]:  # Django's name
        with super()._nodb_cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
            if isinstance(kept := cursor.connection, DeadlineConnection):
                kept.answer_seconds = WHOLE_DATABASE_SECONDS
            yield cursor

    def is_usable(self) -> bool:
        """Whether a kept connection still works; asked before the first query of each request."""
        kept = self.connection
        if not isinstance(kept, DeadlineConnection):
            return super().is_usable()
        kept.answer_seconds = HEALTH_SECONDS
        try:
            return super().is_usable()
        finally:
            del kept.answer_seconds  # back to the default of the class
