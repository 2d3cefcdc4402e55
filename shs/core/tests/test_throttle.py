"""How often one person may call: exact, also for calls at once, and for one person alone."""

from datetime import UTC, datetime, timedelta

from django.test import TestCase

from shs.core.errors import TooMany
from shs.core.throttle import count_call
from shs.testing import CommittedTestCase, at_once, make_user
from shs.users.models import Role

NOW = datetime(2027, 3, 10, 5, 20, tzinfo=UTC)


class Throttle(TestCase):
    def setUp(self):
        self.alice = make_user("Alice", Role.PATIENT)

    def call(self, *, name: str = "ask", user=None, now=NOW) -> None:
        count_call(name, user or self.alice, per_hour=2, now=now)

    def test_the_call_after_the_last_one_is_told_when_to_come_again(self):
        self.call()
        self.call()
        with self.assertRaises(TooMany) as caught:
            self.call()
        self.assertEqual((caught.exception.status, caught.exception.retry_after), (429, 40 * 60))

    def test_the_next_hour_is_a_new_one(self):
        self.call()
        self.call()
        self.call(now=NOW + timedelta(minutes=40))

    def test_another_person_and_another_thing_are_counted_by_themselves(self):
        for _time in range(2):
            self.call()
        self.call(user=make_user("Bob", Role.PATIENT))
        self.call(name="another")


class ThrottleAtOnce(CommittedTestCase):
    def test_of_ten_calls_at_once_as_many_pass_as_may(self):
        alice = make_user("Alice", Role.PATIENT)

        def call(number: int) -> bool:
            try:
                count_call("ask", alice, per_hour=4, now=NOW)
            except TooMany:
                return False
            return True

        self.assertEqual(sum(at_once(10, call)), 4)
