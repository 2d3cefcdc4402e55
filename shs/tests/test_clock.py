"""`--at`: which times it accepts, and that every process that a run starts has the run's clock."""

import argparse
import os
import subprocess
import sys
import time
from datetime import datetime, timedelta
from unittest import mock

import time_machine
from django.conf import settings
from django.test import SimpleTestCase, TestCase
from django.utils import timezone

from shs.tests import clock
from shs.users.models import User


class Moments(SimpleTestCase):
    def test_a_moment_is_in_the_clinics_time_zone(self):
        found = clock.moment("2128-02-29T00:01")
        self.assertEqual(found, timezone.make_aware(datetime(2128, 2, 29, 0, 1)))  # noqa: DTZ001 - the clinic's zone

    def test_times_in_the_past_and_invalid_ones_are_refused_with_a_message(self):
        for text, words in (
            ("2020-01-01T10:00", "is past"),
            ("soon", "no moment"),
            ("2128-02-29T00:01Z", "names a zone"),
        ):
            with self.subTest(text), self.assertRaisesRegex(argparse.ArgumentTypeError, words):
                clock.moment(text)

    def test_each_named_moment_is_in_the_future_and_on_its_day(self):
        today = timezone.localdate()
        found = {name: clock.upcoming(name, today) for name in clock.MOMENTS}
        self.assertTrue(all(moment.date() > today for moment in found.values()))
        self.assertEqual({moment.isoweekday() for moment in found.values()}, {*range(1, 8)})
        self.assertEqual(found["leap day"].strftime("%m-%d %H:%M"), "02-29 00:01")
        self.assertEqual(found["end of the year"].strftime("%m-%d %H:%M"), "12-31 23:59")
        self.assertEqual((found["end of the month"] + timedelta(minutes=2)).day, 1)

    def test_the_moment_depends_on_the_commit_only(self):
        found = set()
        for number in range(len(clock.MOMENTS)):
            with mock.patch("subprocess.check_output", return_value=f"{number:040x}\n"):
                self.assertEqual(clock.moment("commit"), clock.moment("commit"))
                found.add(clock.moment("commit"))
        self.assertGreater(len(found), 1)


class ChildProcesses(SimpleTestCase):
    def test_a_process_with_the_shift_in_its_environment_has_the_clock_of_the_run(self):
        code = "from shs.tests import clock; clock.follow(); clock.follow(); import time; print(time.time())"
        day = timedelta(days=1).total_seconds()
        begun = clock.machine_time()
        environment = {**os.environ, clock.SHIFT: str(day)}
        said = subprocess.check_output([sys.executable, "-c", code], cwd=settings.BASE_DIR, env=environment)  # noqa: S603
        self.assertGreaterEqual(float(said), begun + day)

    def test_a_run_with_a_moved_clock_passes_it_to_its_processes(self):
        if clock.SHIFT in os.environ:
            ahead = time.time() - clock.machine_time()
            self.assertAlmostEqual(ahead, float(os.environ[clock.SHIFT]), delta=60)
        else:
            self.assertFalse(time_machine.escape_hatch.is_travelling())


class Zones(TestCase):
    def test_a_time_without_a_zone_does_not_reach_the_database(self):
        naive = timezone.make_naive(timezone.now())
        with self.assertRaisesMessage(RuntimeWarning, "received a naive datetime"):
            list(User.objects.filter(created_at__gt=naive))
