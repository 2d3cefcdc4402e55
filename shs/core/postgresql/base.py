"""Django's backend for PostgreSQL, with a deadline for each answer.

A server that is frozen, or a network that swallows packets, keeps a connection open and says nothing. The server's own
`statement_timeout` cannot help then, nor can TCP keepalives while the other machine's kernel still answers them. So the
client waits for as long as a statement may take, and a little more; then it closes the connection and raises
OperationalError, which is 503.
"""

from types import ModuleType
from typing import TypeVar

import psycopg
from django.db.backends.postgresql import base
from psycopg import Connection, OperationalError
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus

Result = TypeVar("Result")

ANSWER_SECONDS = 16.0
"""How long one answer may take: a second more than `statement_timeout` in databases.py."""

HEALTH_SECONDS = 2.0
"""How long a kept connection may take to show that it still works, before a new one is tried."""


class DeadlineConnection(Connection[tuple[object, ...]]):
    """A connection that waits for an answer no longer than `answer_seconds`, and is closed then."""

    answer_seconds = ANSWER_SECONDS

    def wait(self, gen: PQGen[Result], interval: float = 0.1, timeout: float | None = None) -> Result:
        if timeout is not None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, self.answer_seconds)
        except OperationalError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                # The answer is still missing, and may come any time: nobody can use this connection any more.
                self.pgconn.finish()
            raise


def _driver() -> ModuleType:
    """psycopg, as Django's wrapper asks it, but for the connections that it makes."""
    driver = ModuleType(psycopg.__name__)
    vars(driver).update(vars(psycopg), connect=DeadlineConnection.connect)
    return driver


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's wrapper, which connects by DeadlineConnection."""

    Database = _driver()

    def is_usable(self) -> bool:
        """Whether a kept connection still works; asked before the first query of each request."""
        kept = self.connection
        if not isinstance(kept, DeadlineConnection):
            return super().is_usable()
        kept.answer_seconds = HEALTH_SECONDS
        try:
            return super().is_usable()
        finally:
            del kept.answer_seconds  # that of the class again
