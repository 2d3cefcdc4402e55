"""Core's own jobs, the command as a process, and the System page."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

from django.conf import settings
from django.test import TestCase, tag
from django.utils import timezone

from shs.core.api.models import KeptAnswer
from shs.core.backup.databases import database_url
from shs.core.cache import CacheEntry
from shs.core.due.jobs import run
from shs.core.due.models import JobLease, JobRun
from shs.core.due.registry import Waiting, jobs, queue, queues
from shs.core.errors import Refused
from shs.core.grants.held import give
from shs.core.grants.models import ObjectGrant
from shs.core.limits.models import LimitCount
from shs.core.tests.registered import Registered
from shs.core.tests.test_due import MINUTE
from shs.testing import CommittedTestCase, EveryModel, TestUsers, make_user
from shs.users import tokens
from shs.users.models import AppSession, RefreshToken, Role


class CoreJobs(EveryModel, TestCase):
    """The registered jobs of the apps."""

    def work(self, name: str, *, now=None, dry_run=False) -> int:
        return jobs()[name].work(now=now or timezone.now(), dry_run=dry_run)

    def test_a_dry_run_of_each_job_only_counts_and_a_second_run_finds_nothing(self):
        later = timezone.now() + timedelta(days=40)
        for name in jobs():
            with self.subTest(job=name):
                counted = self.work(name, now=later, dry_run=True)
                self.assertEqual(self.work(name, now=later, dry_run=True), counted)
                self.assertLessEqual(self.work(name, now=later), counted)
                self.assertEqual(self.work(name, now=later), 0)

    def test_an_expired_grant_is_ended_in_the_history(self):
        grant = give(self.bob, self.clinic, "run_desk", source=ObjectGrant.Source.SHARE, expires_at=timezone.now())
        pk, before = grant.pk, ObjectGrant.objects.count()
        self.assertEqual(self.work("end_grants"), 1)
        line = ObjectGrant.history.filter(id=pk).first()
        self.assertEqual((line.history_type, line.history_change_reason, line.history_user), ("-", "ended", None))
        self.assertEqual(ObjectGrant.objects.count(), before - 1)

    def test_stored_responses_are_deleted_after_a_day(self):
        for key in ("old", "new"):
            KeptAnswer.objects.create(user=self.alice, key=key, digest="d")
        KeptAnswer.objects.filter(key="old").update(created_at=timezone.now() - timedelta(hours=25))
        self.assertEqual(self.work("forget_answers"), 1)
        self.assertEqual(KeptAnswer.objects.get().key, "new")

    def test_expired_tokens_are_deleted(self):
        now = timezone.now()
        for hours in (-1, 1):
            tokens.issue(self.alice, now=now - settings.REFRESH_TOKEN_LIFETIME + timedelta(hours=hours))
        self.assertEqual(self.work("forget_logins"), 2)  # a token and its session
        self.assertGreater(RefreshToken.objects.get().expires_at, now)
        self.assertGreater(AppSession.objects.get().expires_at, now)

    def test_call_counts_are_deleted_after_their_hour(self):
        CacheEntry.objects.all().delete()
        for key, minutes in (("old", -1), ("new", 1)):
            CacheEntry.objects.create(cache_key=key, value="", expires=timezone.now() + minutes * MINUTE)
        self.assertEqual(self.work("forget_counts"), 1)
        self.assertEqual(CacheEntry.objects.get().cache_key, "new")

    def test_counts_of_past_hours_are_deleted(self):
        LimitCount.objects.all().delete()
        hour = int(timezone.now().timestamp()) // 3600
        for at in (hour - 1, hour):
            LimitCount.objects.create(name="book", key="account:1", hour=at, count=1)
        self.assertEqual(self.work("forget_counts"), 1)
        self.assertEqual(LimitCount.objects.get().hour, hour)

    def test_runs_are_deleted_after_two_weeks(self):
        old = timezone.now() - timedelta(days=15)
        JobRun.objects.create(name="x", started_at=old, finished_at=old)
        self.assertEqual(self.work("forget_runs"), 1)

    def test_every_job_has_a_label(self):
        for job in jobs().values():
            with self.subTest(job=job.name):
                self.assertRegex(str(job.label), r"^[A-Z].{10,}[^.]$")
                self.assertGreaterEqual(job.every, MINUTE)


@tag("any_database")
class RunDueProcess(CommittedTestCase):
    """The command as a process on the database of the test."""

    def start(self, *arguments: str) -> subprocess.Popen:
        command = [sys.executable, "manage.py", "run_due", *arguments]
        environment = {**os.environ, "DATABASE_URL": database_url(), "SECRET_KEY": "x" * 60, "DEBUG": "on"}
        return subprocess.Popen(  # noqa: S603
            command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def test_it_runs_until_sigterm_and_exits_cleanly(self):
        make_user("Alice", Role.PATIENT)
        for number in (signal.SIGTERM, signal.SIGINT):
            JobRun.objects.all().delete()
            JobLease.objects.all().delete()
            process = self.start("--every", "1")
            self.addCleanup(process.kill)
            until = time.monotonic() + 60
            while JobRun.objects.count() < len(jobs()) and time.monotonic() < until:
                time.sleep(0.1)
            process.send_signal(number)
            out, problems = process.communicate(timeout=30)
            with self.subTest(signal=number.name):
                self.assertEqual((process.returncode, problems), (0, ""))
                self.assertTrue("mark_missed: 0" in out, "The job did not run.")
                self.assertFalse(JobLease.objects.exclude(holder="").exists())


class SystemPage(Registered, TestUsers, TestCase):
    """The System page: who may see it, what it shows, and who may run a job on it."""

    def setUp(self):
        super().setUp()
        self.client.force_login(self.frank, backend="shs.users.backends.EmailBackend")

    def text(self) -> str:
        answer = self.client.get("/admin/system/")
        self.assertEqual(answer.status_code, 200)
        return " ".join(answer.content.decode().split())

    def post(self, name: str):
        return self.client.post("/admin/system/run/", {"name": name}, follow=True)

    def assert_says(self, *words: str) -> None:
        text = self.text()
        for said in words:
            self.assertTrue(said in text, f"The page does not say: {said}")

    def test_admins_and_auditors_see_it_and_only_admins_run_a_job(self):
        self.job()
        for name, user in self.people.items():
            if not (user.is_authenticated and user.is_active and user.uses_back_office):
                continue
            self.client.force_login(user, backend="shs.users.backends.EmailBackend")
            with self.subTest(who=name):
                seen, ran = self.client.get("/admin/system/").status_code, self.post("count").status_code
                self.assertEqual((seen, ran), {"frank": (200, 200), "irene": (200, 403)}.get(name, (403, 403)))
        self.assertEqual(self.calls, ["count"])

    def test_an_auditor_sees_no_buttons(self):
        self.job()
        self.assertTrue("Run now" in self.text())
        self.client.force_login(self.irene, backend="shs.users.backends.EmailBackend")
        self.assertFalse("Run now" in self.text())

    def test_a_job_is_started_by_post_and_the_run_records_the_user(self):
        self.job()
        self.assertEqual(self.client.get("/admin/system/run/").status_code, 405)
        self.assertTrue("finished: 3 processed" in self.post("count").content.decode())
        self.assertEqual(JobRun.objects.get().by, self.frank)
        self.assert_says("started by Frank", "3 done")

    def test_a_job_that_does_not_exist_is_404(self):
        self.assertEqual([self.post(name).status_code for name in ("nonsense", "", "\x00")], [404, 404, 404])

    def test_before_the_first_run_the_page_says_so(self):
        self.job()
        self.assert_says("Has never run.", "never ran", "as soon as the scheduler runs", "No failures in")

    def test_it_shows_jobs_that_are_on_time_late_or_failed(self):
        now = timezone.now()
        run(self.job("fine"), now=now)
        run(self.job("late"), now=now - 30 * MINUTE)
        with self.assertLogs("shs.due", "ERROR"):
            run(self.failing(Refused("No room")), now=now)
        self.assert_says("on time", 'danger">late', 'danger">failed', "Refused, No room")
        self.assert_says("Overdue by more than ten minutes")

    def test_it_shows_running_jobs_and_does_not_start_them_twice(self):
        self.job()
        now = timezone.now()
        JobLease.objects.create(name="count", holder="x", began_at=now, expires_at=now + MINUTE)
        self.assert_says('good">running')
        self.assertTrue("is already running" in self.post("count").content.decode())

    def test_a_queue_shows_its_length_and_its_oldest_item(self):
        queue("letters", label="Letters")(lambda *, now: Waiting(7, now - 12 * MINUTE))
        queue("parcels", label="Parcels")(lambda *, now: Waiting(0, None))
        self.assertEqual(list(queues()), ["letters", "parcels"])
        self.assert_says("Queue: Letters", "7 waiting.", "overdue by 12", "Queue: Parcels", "Empty")
