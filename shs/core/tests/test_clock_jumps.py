"""Clocks that jump: no job runs too early, and no job stops because of a time in the future."""

from datetime import UTC, datetime, timedelta
from io import StringIO

from django.core.management import call_command
from django.test import TestCase
from django.urls import reverse

from shs.core.due import clock
from shs.core.due.jobs import Busy, run
from shs.core.due.models import ClockMark, JobLease, JobRun
from shs.core.due.runner import run_due
from shs.core.due.status import job_statuses, why_late
from shs.core.tests.registered import MINUTE, Registered
from shs.testing import TestUsers

NOW = datetime(2027, 3, 10, 5, 0, tzinfo=UTC)
DAY = timedelta(days=1)


class Jumps(Registered, TestCase):
    def done(self, now: datetime) -> list[str]:
        """The jobs that a pass at this time runs."""
        return [outcome.job.name for outcome in run_due(clock=lambda: now)]

    def test_after_a_jump_of_more_than_a_day_jobs_wait_for_an_admin(self):
        self.job()
        self.assertEqual(self.done(NOW), ["count"])
        with self.assertLogs("shs.due", "ERROR"):
            self.assertEqual(self.done(NOW + 30 * DAY), [])
        self.assertIn("More than a day has passed", why_late(job_statuses(NOW + 30 * DAY)))
        clock.release(NOW + 30 * DAY)
        self.assertEqual(self.done(NOW + 30 * DAY), ["count"])
        self.assertEqual(why_late(job_statuses(NOW + 30 * DAY)), "")

    def test_jobs_continue_when_the_clock_is_right_again(self):
        self.job()
        self.done(NOW)
        with self.assertLogs("shs.due", "ERROR"):
            self.done(NOW + 30 * DAY)
        self.assertEqual(self.done(NOW + MINUTE), ["count"])
        self.assertEqual(JobLease.objects.get().held, "")

    def test_a_job_that_is_not_due_is_no_longer_held_when_the_clock_is_right_again(self):
        self.job("rare", every=2 * DAY)
        self.job()
        self.done(NOW)
        with self.assertLogs("shs.due", "ERROR"):
            self.done(NOW + 30 * DAY)
        self.done(NOW + MINUTE)
        self.assertEqual([status.held for status in job_statuses(NOW + MINUTE)], ["", ""])

    def test_a_pause_of_one_day_is_no_jump(self):
        self.job()
        self.done(NOW)
        self.assertEqual(self.done(NOW + DAY), ["count"])

    def test_jobs_requested_by_code_wait_and_jobs_started_by_an_admin_do_not(self):
        job = self.job()
        self.done(NOW)
        with self.assertLogs("shs.due", "ERROR"):
            self.assertIsNone(run(job, now=NOW + 2 * DAY, is_asked=True))
        self.assertIsNotNone(run(job, now=NOW + 2 * DAY, by_person=True))

    def test_a_job_with_a_last_run_in_the_future_runs_and_is_reported(self):
        self.job()
        JobLease.objects.create(name="count", began_at=NOW + 30 * DAY)
        self.assertTrue(job_statuses(NOW)[0].is_late)
        with self.assertLogs("shs.due", "WARNING"):
            self.assertEqual(self.done(NOW), ["count"])
        self.assertEqual(ClockMark.objects.get().set_back_from, NOW + 30 * DAY)
        self.assertIn("9 Apr 2027", str(clock.was_set_back(NOW)))
        self.assertIsNone(clock.was_set_back(NOW + 4 * DAY))
        self.assertEqual(self.done(NOW + MINUTE), ["count"], "It is not held.")

    def test_a_lease_from_the_future_does_not_block_a_job(self):
        job = self.job()
        JobLease.objects.create(name="count", holder="x", began_at=NOW, expires_at=NOW + 30 * DAY)
        (status,) = job_statuses(NOW + 20 * MINUTE)
        self.assertEqual((status.is_running, status.is_late), (False, True))
        self.assertIsNotNone(run(job, now=NOW + MINUTE))
        JobLease.objects.update(holder="x", expires_at=NOW + MINUTE + timedelta(seconds=10))
        with self.assertRaises(Busy):
            run(job, now=NOW + MINUTE)

    def test_small_differences_between_clocks_are_accepted(self):
        self.job()
        self.done(NOW)
        self.assertEqual(self.done(NOW - MINUTE), [])
        self.assertIsNone(ClockMark.objects.get().set_back_at)

    def test_the_command_releases(self):
        self.job()
        ClockMark.objects.create(pk=1, seen_at=NOW - 400 * DAY)
        with self.assertLogs("shs.due", "ERROR"):
            call_command("run_due", stdout=StringIO())
        out = StringIO()
        call_command("run_due", "--release", stdout=out)
        self.assertEqual(out.getvalue(), "count: 3\n")


class TooMuchAtOnce(Registered, TestCase):
    def pass_over(self, count: int, total: int) -> list[str]:
        def work(*, now, dry_run=False):
            return count

        self.job("many", work=work, out_of=lambda: total)
        JobLease.objects.all().delete()
        return [outcome.job.name for outcome in run_due(clock=lambda: NOW)]

    def test_a_job_that_would_change_an_unusual_share_of_rows_waits_for_an_admin(self):
        for count, total, is_done in ((1021, 1300, False), (60, 100, False), (50, 60, True), (60, 1000, True)):
            with self.subTest(count=count, total=total):
                if is_done:
                    self.assertEqual(self.pass_over(count, total), ["many"])
                    continue
                with self.assertLogs("shs.due", "ERROR"):
                    self.assertEqual(self.pass_over(count, total), [])
                words = f"It would change {count} of {total} rows at once."
                self.assertIn(words, why_late(job_statuses(NOW)))

    def test_a_job_started_by_an_admin_is_not_held(self):
        with self.assertLogs("shs.due", "ERROR"):
            self.pass_over(1021, 1300)
        done = run(self.job("many"), now=NOW, by_person=True)
        self.assertEqual((done.error, JobLease.objects.get().held), ("", ""))


class ClockOnTheSystemPage(TestUsers, TestCase):
    def test_an_admin_sees_the_reason_and_releases_the_jobs(self):
        ClockMark.objects.create(pk=1, seen_at=NOW - 3650 * DAY)
        with self.assertLogs("shs.due", "ERROR"):
            self.assertEqual(list(run_due(clock=lambda: NOW)), [])
        self.client.force_login(self.frank, backend="shs.users.backends.EmailBackend")
        page = self.client.get(reverse("admin:system"))
        self.assertContains(page, "on hold")
        self.assertContains(page, "The clock is right: release the scheduled jobs")
        with self.assertLogs("shs.due", "WARNING"):
            self.client.post(reverse("admin:system_clock"))
        self.assertGreater(ClockMark.objects.get().seen_at, NOW - 3650 * DAY)
        self.assertNotContains(self.client.get(reverse("admin:system")), "on hold")

    def test_releasing_needs_the_permission_to_run_jobs(self):
        for user in (self.irene, self.carol):
            self.client.force_login(user, backend="shs.users.backends.EmailBackend")
            self.assertEqual(self.client.post(reverse("admin:system_clock")).status_code, 403)
        self.assertFalse(JobRun.objects.exists())
