"""The benchmark of the list of all changes: where it runs, and what it tells."""

from django.core.management import CommandError
from django.test import TestCase

from shs.core.seeding.rows import Size
from shs.demo import benchmark
from shs.testing import make_user
from shs.users.models import Role


class Benchmark(TestCase):
    def test_it_leaves_a_database_alone_that_it_has_not_made(self):
        make_user("Frank", Role.ADMIN)
        with self.assertRaisesMessage(CommandError, "not made by the benchmark"):
            benchmark.require_own_database()

    def test_it_asks_each_question_of_both_lists(self):
        benchmark.require_own_database()
        benchmark.fill(Size(doctors=2, patients=4, days=20), say=lambda line: None)
        benchmark.require_own_database()
        for question in benchmark.questions():
            with self.subTest(question=question.name):
                self.assertTrue(question.every(), "no change")
                self.assertTrue(question.plain(), "no line")
        timings = benchmark.measure(rounds=1)
        self.assertEqual(len({timing.question for timing in timings}), 5)
        self.assertTrue(all(timing.ratio > 0 for timing in timings))
