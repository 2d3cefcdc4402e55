"""Due work: when jobs run, leases, recorded runs, the command, and warnings."""

import os
import threading
import time
from datetime import UTC, datetime, timedelta
from io import StringIO
from unittest import mock

import time_machine
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from django.test import TestCase, override_settings
from django.utils import timezone

from shs.core.context import current
from shs.core.due.jobs import BROKEN_OFF, Busy, run
from shs.core.due.models import JobLease, JobRun
from shs.core.due.rows import one_by_one
from shs.core.due.runner import beside, run_due
from shs.core.due.status import job_statuses, why_late
from shs.core.errors import Refused
from shs.core.tests.registered import Registered
from shs.testing import CommittedTestCase, TestUsers, at_once
from shs.users.models import User

MINUTE = timedelta(minutes=1)
NOW = datetime(2027, 3, 10, 5, 0, tzinfo=UTC)
"""A fixed time for functions that get `now`. Code that reads the clock is compared with timezone.now()."""


class OneJob(Registered, TestCase):
    def test_a_run_is_recorded_and_its_lease_released(self):
        done = run(self.job(), now=NOW)
        self.assertEqual((done.count, done.error, done.started_at), (3, "", NOW))
        self.assertGreaterEqual(done.finished_at, NOW)
        self.assertIn(str(os.getpid()), done.place)
        self.assertEqual(JobLease.objects.get().holder, "")

    def test_it_runs_again_after_its_interval_with_some_tolerance(self):
        job = self.job()
        run(job, now=NOW)
        for seconds, is_due in ((1, False), (50, False), (55, True), (100, False), (130, True)):
            with self.subTest(seconds=seconds):
                self.assertEqual(run(job, now=NOW + timedelta(seconds=seconds)) is not None, is_due)

    def test_a_requested_job_runs_before_it_is_due(self):
        job = self.job()
        run(job, now=NOW)
        self.assertEqual(run(job, now=NOW + MINUTE / 2, is_asked=True).count, 3)
        self.assertEqual(JobLease.objects.get().began_at, NOW)  # the next due time is unchanged

    def test_a_job_that_another_process_runs_is_not_started(self):
        job = self.job()
        JobLease.objects.create(name="count", holder="another", began_at=NOW, expires_at=NOW + MINUTE)
        for is_asked in (False, True):
            with self.assertRaises(Busy) as caught:
                run(job, now=NOW, is_asked=is_asked)
            self.assertEqual(caught.exception.until, NOW + MINUTE)
        self.assertEqual((self.calls, JobRun.objects.count()), ([], 0))

    def test_after_a_killed_process_it_runs_when_the_lease_expires_and_that_is_recorded(self):
        job = self.job(every=timedelta(days=1))
        ends = NOW + timedelta(seconds=settings.DUE_LEASE_SECONDS)
        JobLease.objects.create(name="count", holder="killed", began_at=NOW, expires_at=ends)
        self.assertEqual(run(job, now=ends).count, 3)
        broken, done = JobRun.objects.order_by("started_at")
        self.assertEqual((broken.error, broken.started_at, done.error), (BROKEN_OFF, NOW, ""))
        self.assertEqual(JobLease.objects.get().holder, "")

    def test_a_job_has_no_current_user(self):
        def who(*, now, dry_run=False):
            return 0 if current.get() is None else 1

        token = current.set(mock.Mock())
        self.addCleanup(current.reset, token)
        self.assertEqual(run(self.job(work=who), now=NOW).count, 0)
        self.assertIsNotNone(current.get())

    def test_keyboard_interrupt_is_recorded_and_raised(self):
        with self.assertLogs("shs.due", "ERROR"), self.assertRaises(KeyboardInterrupt):
            run(self.failing(KeyboardInterrupt()), now=NOW)
        self.assertEqual((JobRun.objects.get().error, JobLease.objects.get().holder), (BROKEN_OFF, ""))


class Failures(Registered, TestCase):
    def error(self, error: Exception) -> str:
        with self.assertLogs("shs.due", "ERROR") as logged:
            done = run(self.failing(error), now=NOW, is_asked=True)
        self.assertTrue(done.error in logged.output[0], "The log and the record differ.")
        self.assertIsNone(logged.records[0].exc_info)
        self.assertEqual(JobLease.objects.get().holder, "")
        return done.error

    def test_an_error_is_recorded_by_class_and_place_without_its_message(self):
        said = self.error(IntegrityError("Key (email)=(alice@example.com) already exists."))
        self.assertRegex(said, r"^IntegrityError, shs/core/tests/registered\.py:\d+$")

    def test_messages_of_own_and_system_errors_are_recorded(self):
        self.assertIn("Refused, No room", self.error(Refused("No room")))
        self.assertIn("Connection refused", self.error(ConnectionRefusedError(111, "Connection refused")))

    def test_a_failing_job_does_not_stop_the_others(self):
        self.job("first")
        self.failing(ValueError("x"))
        self.job("last")
        with self.assertLogs("shs.due", "ERROR"):
            said = [str(outcome) for outcome in run_due(clock=lambda: NOW)]
        self.assertEqual((said[0], said[2], self.calls), ("first: 3", "last: 3", ["first", "last"]))
        self.assertTrue(said[1].startswith("fail: failed: ValueError"))


class RunDueCommand(Registered, TestCase):
    def run_command(self, *arguments: str) -> list[str]:
        out = StringIO()
        call_command("run_due", *arguments, stdout=out)
        return out.getvalue().splitlines()

    def test_it_runs_due_jobs_and_prints_a_line_for_each(self):
        self.job("one")
        self.job("two")
        self.assertEqual(self.run_command(), ["one: 3", "two: 3"])
        self.assertEqual(self.run_command(), [])

    def test_only_runs_one_job_at_once(self):
        self.job("one")
        self.job("two")
        for _time in range(2):
            self.assertEqual(self.run_command("--only", "two"), ["two: 3"])

    def test_a_dry_run_counts_and_records_nothing(self):
        self.job("one")
        self.assertEqual(self.run_command("--dry-run"), ["one: 3"])
        self.assertEqual((self.calls, JobRun.objects.count(), JobLease.objects.count()), ([], 0, 0))

    def test_an_unknown_job_is_refused(self):
        self.job("one")
        with self.assertRaisesMessage(CommandError, "'nonsense' (choose from 'one')"):
            self.run_command("--only", "nonsense")

    def test_it_names_failed_jobs_and_exits_with_an_error(self):
        self.failing(ValueError("x"))
        with self.assertLogs("shs.due", "ERROR"), self.assertRaisesMessage(CommandError, "Failed: fail."):
            self.run_command()

    def test_a_job_that_runs_elsewhere_is_no_failure(self):
        self.job("one")
        JobLease.objects.create(name="one", holder="x", began_at=timezone.now(), expires_at=timezone.now() + MINUTE)
        self.assertEqual(self.run_command(), ["one: runs elsewhere"])


class Status(Registered, TestCase):
    def test_a_job_is_late_ten_minutes_after_its_time_or_if_it_never_ran(self):
        job = self.job()
        self.assertEqual(why_late(job_statuses(NOW)), "Has never run.")
        run(job, now=NOW)
        for minutes, words in ((0, ""), (10, ""), (11, "Overdue by more than ten minutes."), (600, "Overdue by")):
            with self.subTest(minutes=minutes):
                said = why_late(job_statuses(NOW + minutes * MINUTE))
                self.assertTrue(said.startswith(words) if words else said == "", said)

    def test_requested_jobs_do_not_hide_that_scheduled_ones_do_not_run(self):
        asked, other = self.job("asked"), self.job("other")
        run(asked, now=NOW)
        run(other, now=NOW)
        run(asked, now=NOW + 20 * MINUTE, is_asked=True)
        self.assertNotEqual(why_late(job_statuses(NOW + 20 * MINUTE)), "")

    def test_the_status_of_all_jobs_takes_two_queries(self):
        for number in range(5):
            run(self.job(f"job{number}"), now=NOW)
        with self.assertNumQueries(2):
            self.assertEqual([status.last.count for status in job_statuses(NOW)], [3] * 5)


class Readiness(Registered, CommittedTestCase):
    def test_readyz_warns_of_late_jobs_and_stays_ready(self):
        job = self.job()
        never, still = "warning: Has never run.", "warning: Overdue by"
        self.enterContext(time_machine.travel(NOW, tick=False))
        for at, words in ((None, never), (NOW - 20 * MINUTE, still), (NOW, "ok")):
            if at:
                run(job, now=at)
            answer = self.client.get("/readyz")
            with self.subTest(at=at):
                self.assertEqual((answer.status_code, answer.json()["status"]), (200, "ready"))
                self.assertTrue(answer.json()["due_work"].startswith(words), answer.json()["due_work"])


class ConcurrentRuns(Registered, CommittedTestCase):
    def test_of_many_concurrent_processes_one_runs_a_job(self):
        def slow(*, now, dry_run=False):
            time.sleep(0.3)
            self.calls.append("slow")
            return 1

        job = self.job("slow", work=slow)

        def attempt(number: int) -> bool:
            try:
                return run(job, now=NOW) is not None
            except Busy:
                return False

        self.assertEqual(sum(at_once(6, attempt)), 1)
        self.assertEqual((self.calls, JobRun.objects.count()), (["slow"], 1))

    @override_settings(DUE_LEASE_SECONDS=3)
    def test_the_lease_of_a_long_job_is_renewed(self):
        asked = threading.Event()

        def slow(*, now, dry_run=False):
            asked.wait(60)
            return 1

        job = self.job("slow", work=slow)

        def attempt(number: int) -> str:
            time.sleep(number * 4)  # longer than the lease
            try:
                return str(run(job, now=timezone.now(), is_asked=True).count)
            except Busy:
                return "busy"
            finally:
                asked.set()

        self.assertEqual(at_once(2, attempt), ["1", "busy"])
        self.assertEqual([done.error for done in JobRun.objects.all()], [""])

    def test_beside_a_server_jobs_run_until_it_ends(self):
        self.job()
        with beside(every=60, pause=0):
            until = time.monotonic() + 10
            while not JobRun.objects.exists() and time.monotonic() < until:
                time.sleep(0.05)
        self.assertEqual(self.calls, ["count"])


class OneByOne(TestUsers, TestCase):
    def test_a_failing_row_does_not_stop_the_others_and_is_raised_at_the_end(self):
        people, done = User.objects.filter(pk__in=[self.alice.pk, self.bob.pk, self.carol.pk]).order_by("pk"), []

        def step(user):
            user.name = "changed"
            user.save()
            if user.pk == self.bob.pk:
                raise Refused("not Bob")
            done.append(user.pk)

        with self.assertRaisesMessage(Refused, "not Bob"):
            one_by_one(people, step)
        self.assertEqual(done, [self.alice.pk, self.carol.pk])
        self.bob.refresh_from_db()
        self.assertEqual(self.bob.name, "Bob")

    def test_a_row_that_no_longer_matches_is_skipped(self):
        people = User.objects.filter(is_active=True, pk__in=[self.alice.pk, self.bob.pk]).order_by("pk")

        def step(user):
            User.objects.without_history("a rival").filter(pk=self.bob.pk).update(is_active=False)

        self.assertEqual(one_by_one(people, step), 1)
