"""A PostgreSQL server that is frozen, killed and started again: each request is answered in time, and later ones
work."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import TestSuite, mock

from django.db import OperationalError, close_old_connections, connection, transaction
from django.test import tag

from shs.core.postgresql import base
from shs.core.tests.proxy import Proxy
from shs.testing import Api, CommittedTestCase

SECONDS = 1.0


def load_tests(loader, tests, pattern):
    """These tests are for PostgreSQL only."""
    return tests if connection.vendor == "postgresql" else TestSuite()


@tag("faults")
class Frozen(CommittedTestCase):
    def setUp(self):
        named = connection.settings_dict
        self.proxy = self.enterContext(Proxy((named["HOST"], int(named["PORT"] or 5432))))
        self.addCleanup(connection.close)
        connection.close()
        self.enterContext(mock.patch.dict(named, HOST="127.0.0.1", PORT=self.proxy.port))
        self.enterContext(mock.patch.object(base.DeadlineConnection, "answer_seconds", SECONDS))
        self.enterContext(mock.patch.object(base, "HEALTH_SECONDS", SECONDS / 2))

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        began = time.monotonic()
        yield
        self.assertLess(time.monotonic() - began, seconds)

    def status(self) -> int:
        close_old_connections()  # as a server does between two requests
        with mock.patch("shs.core.api.problems.log"):
            return Api().get("/doctors/search").status_code

    def test_a_query_on_an_open_connection_ends_in_time(self):
        self.assertEqual(self.status(), 200)
        self.proxy.freeze()
        with self.within(SECONDS * 3), self.assertRaises(OperationalError), connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        self.assertFalse(connection.is_usable())

    def test_after_an_interrupted_transaction_the_connection_works_again(self):
        with self.assertRaises(OperationalError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            self.proxy.freeze()
            cursor.execute("SELECT 1")
        self.proxy.mend()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1")

    def test_requests_are_503_in_time_and_work_again_after_recovery(self):
        self.assertEqual(self.status(), 200)
        for fault in (self.proxy.freeze, self.proxy.kill):
            with self.subTest(fault.__name__):
                fault()
                # First the kept connection times out, then a new one, for which libpq has its own timeout.
                with self.within(SECONDS + 2 * 3 + 1):
                    self.assertEqual(self.status(), 503)
                with self.within(2 * 3 + 1):
                    self.assertEqual(self.status(), 503)
                self.proxy.mend()
                self.assertEqual(self.status(), 200)

    def test_the_health_check_does_not_interrupt_slow_statements(self):
        self.assertEqual(self.status(), 200)
        self.assertTrue(connection.is_usable())
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(%s)", [SECONDS * 0.7])


class WholeDatabases(CommittedTestCase):
    def test_making_or_dropping_a_database_may_take_longer_than_an_answer(self):
        with mock.patch.object(base.DeadlineConnection, "answer_seconds", 0.2), connection._nodb_cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.5)")
            cursor.execute("SHOW statement_timeout")
            self.assertEqual(cursor.fetchone(), ("0",))
