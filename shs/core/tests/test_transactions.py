"""Work that loses against another transaction is tried again."""

from django.db import OperationalError, transaction

from shs.core.errors import Unavailable
from shs.core.records.transactions import atomic_with_retry
from shs.testing import CommittedTestCase


class Lost(Exception):
    """What the driver raises for a deadlock."""

    sqlstate = "40P01"


class Retries(CommittedTestCase):
    def work(self, *, loses: int, cause: Exception | None = None) -> str:
        """Work that fails `loses` times; `self.calls` counts how often it is tried."""
        self.calls = 0

        @atomic_with_retry
        def run() -> str:
            self.calls += 1
            if self.calls <= loses:
                raise OperationalError from cause or Lost()
            return "done"

        return run()

    def test_a_deadlock_is_tried_twice_more_and_then_told(self):
        self.assertEqual((self.work(loses=2), self.calls), ("done", 3))
        with self.assertRaises(Unavailable):
            self.work(loses=3)
        self.assertEqual(self.calls, 3)

    def test_another_fault_is_not_tried_again(self):
        with self.assertRaises(OperationalError):
            self.work(loses=1, cause=ValueError())
        self.assertEqual(self.calls, 1)

    def test_inside_another_transaction_it_runs_once(self):
        with self.assertRaises(Unavailable), transaction.atomic():
            self.work(loses=1)
        self.assertEqual(self.calls, 1)
