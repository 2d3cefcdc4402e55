"""Health checks: 503 if requests cannot be served, and warnings for everything else."""

import time
from datetime import timedelta
from tempfile import TemporaryDirectory
from unittest import mock

import time_machine
from django.core.files.base import ContentFile
from django.db import OperationalError
from django.test import Client, SimpleTestCase, TestCase, override_settings
from django.urls import reverse
from django.utils import timezone
from whitenoise.storage import CompressedManifestStaticFilesStorage

from shs.core import context, health, readiness
from shs.core.backup.models import Backup
from shs.core.due.models import JobLease, JobRun
from shs.core.due.registry import jobs
from shs.core.due.status import job_statuses, why_late
from shs.core.reads.log import log_read
from shs.core.reads.seal import seal
from shs.core.tests.misbehaving import Misbehaving, slow_headers
from shs.core.tests.workers import free_port
from shs.testing import CommittedTestCase, TestUsers

MINUTE = timedelta(minutes=1)


class Probes(CommittedTestCase):
    def test_they_answer_for_every_host_and_without_https(self):
        with override_settings(SECURE_SSL_REDIRECT=True, ALLOWED_HOSTS=["clinic.example"]):
            for path in ("/healthz", "/readyz"):
                with self.subTest(path):
                    self.assertEqual(Client(headers={"host": "10.1.2.3:8000"}).get(path).status_code, 200)
            self.assertEqual(Client(headers={"host": "10.1.2.3"}).get("/admin/login/", secure=True).status_code, 400)

    def test_without_a_database_readyz_is_503_and_healthz_200(self):
        with mock.patch("django.db.backends.base.base.BaseDatabaseWrapper.cursor", side_effect=OperationalError):
            ready, alive = self.client.get("/readyz"), self.client.get("/healthz")
        self.assertEqual((ready.status_code, ready.json()["status"]), (503, "not ready"))
        self.assertEqual(ready.json()["database"], "OperationalError")
        self.assertEqual(alive.status_code, 200)

    def test_with_a_frozen_database_readyz_is_503_in_time(self):
        def hang(*args):
            time.sleep(1)
            raise OperationalError

        with (
            mock.patch("django.db.backends.base.base.BaseDatabaseWrapper.cursor", side_effect=hang),
            mock.patch.object(health, "PATIENCE_SECONDS", 0.05),
        ):
            answer = self.client.get("/readyz")
        self.assertEqual((answer.status_code, answer.json()["database"]), (503, "no answer"))

    def test_an_unreachable_redis_is_a_warning_and_readyz_200(self):
        with self.settings(REDIS_URL=f"redis://127.0.0.1:{free_port()}/0"):
            answer = self.client.get("/readyz")
        self.assertEqual((answer.status_code, answer.json()["status"]), (200, "ready"))
        self.assertTrue(answer.json()["cache"].startswith("warning: Redis"), answer.json())

    def test_with_missing_migrations_readyz_is_503(self):
        squashed = next(key for key, replaced in health._migrations().items() if replaced)
        steps = health._migrations()[squashed]
        self.assertGreater(len(steps), 1)
        new = set(health._migrations())
        for applied, state in (
            (new, (200, "ok")),
            (new - {squashed}, (503, "missing")),
            (new - {squashed} | steps, (200, "ok")),  # upgraded step by step
            (new - {squashed} | {*list(steps)[1:]}, (503, "missing")),
        ):
            with (
                self.subTest(state),
                mock.patch("shs.core.health.MigrationRecorder.applied_migrations", return_value=applied),
            ):
                answer = self.client.get("/readyz")
                self.assertEqual((answer.status_code, answer.json()["migrations"]), state)

    def test_failing_or_warning_parts_are_named_and_readyz_is_200(self):
        def fails():
            raise ValueError("a secret")

        with mock.patch.dict(health.readiness_checks(), {"disk": lambda: "Full.", "proxies": fails}):
            answer = self.client.get("/readyz")
        self.assertEqual((answer.status_code, answer.json()["status"]), (200, "ready"))
        self.assertEqual((answer.json()["disk"], answer.json()["proxies"]), ("warning: Full.", "warning: ValueError"))
        self.assertEqual(answer.json()["database"], "ok")


class SystemPage(TestUsers, TestCase):
    def test_it_shows_the_warnings(self):
        self.client.force_login(self.frank, backend="shs.users.backends.EmailBackend")
        with mock.patch.dict(health.readiness_checks(), {"disk": lambda: "Less than 5 % is free."}):
            self.assertContains(self.client.get(reverse("admin:system")), "Less than 5 % is free.", count=1)
        self.assertNotContains(self.client.get(reverse("admin:system")), "Less than 5 % is free.")


class DueWork(TestCase):
    def begin(self, at, *names):
        JobLease.objects.bulk_create(JobLease(name=name, began_at=at) for name in names)

    def test_a_job_that_never_ran_is_late(self):
        now = timezone.now()
        names = list(jobs())
        self.begin(now, *names[1:])
        self.assertEqual(why_late(job_statuses(now + 9 * MINUTE)), "")
        JobLease.objects.filter(name=names[1]).update(began_at=now - 11 * MINUTE)
        statuses = {status.job.name: status for status in job_statuses(now)}
        self.assertTrue(statuses[names[0]].is_late)
        self.assertEqual(
            why_late([statuses[names[0]], statuses[names[2]]]), "A job that should have run has never run."
        )

    def test_a_job_that_fails_each_time_is_named_after_thirty_failures(self):
        now = timezone.now()
        self.begin(now, *jobs())
        with time_machine.travel(now, tick=False):
            for number in range(30):
                self.assertEqual(readiness.due_work(), "", number)
                at = now - (40 - number) * MINUTE
                JobRun.objects.create(name="seal_audit", started_at=at, finished_at=at, error="OSError")
            self.assertEqual(readiness.due_work(), "“Seal the new lines of the read log” has failed 30 times in a row.")
            JobRun.objects.create(name="seal_audit", started_at=now, finished_at=now)
            self.assertEqual(readiness.due_work(), "")


class ReadLogUnsealed(TestUsers, TestCase):
    def test_lines_unsealed_for_hours_are_a_warning(self):
        log_read(self.carol, what="medical records", ids=[1], subject=self.alice)
        self.assertIsNone(readiness.read_log())
        with time_machine.travel(timezone.now() + timedelta(hours=4), tick=False):
            self.assertIn("more than three hours", str(readiness.read_log()))
            seal(now=timezone.now())
            self.assertIsNone(readiness.read_log())


class Backups(TestCase):
    def test_a_missing_or_old_backup_is_a_warning_if_backups_are_configured(self):
        self.assertIsNone(readiness.backup())
        now = timezone.now()
        with self.settings(BACKUP_DIR="backups"), time_machine.travel(now, tick=False):
            self.assertIsNotNone(readiness.backup())
            for hours, is_old in ((49, True), (47, False)):
                Backup.objects.create(
                    file="b", taken_at=now - timedelta(hours=hours), finished_at=now, bytes=1, is_encrypted=False
                )
                self.assertEqual(readiness.backup() is not None, is_old)


class Parts(SimpleTestCase):
    def test_an_almost_full_disk(self):
        for free, is_low in ((4, True), (6, False)):
            with mock.patch("shutil.disk_usage", return_value=mock.Mock(total=100, free=free)):
                self.assertEqual(bool(readiness.disk()), is_low)

    def test_uncollected_static_files(self):
        self.assertIsNone(readiness.static_files())
        with self.settings(STATIC_ROOT=self.enterContext(TemporaryDirectory())):
            storage = CompressedManifestStaticFilesStorage()
            with mock.patch.object(readiness, "staticfiles_storage", storage):
                self.assertIn("collectstatic", str(readiness.static_files()))
                storage.manifest_storage.save(storage.manifest_name, ContentFile(b"{}"))
                self.assertIsNone(readiness.static_files())

    @mock.patch.dict(context._forwarded, clear=True)
    def test_a_proxy_that_is_not_in_the_settings(self):
        self.client.get("/healthz")
        self.assertIsNone(readiness.proxies())
        with self.settings(TRUSTED_PROXIES=1):
            self.client.get("/healthz", headers={"X-Forwarded-For": "10.0.0.1"})
            self.assertIsNone(readiness.proxies())
        self.client.get("/healthz", headers={"X-Forwarded-For": "10.0.0.1"})
        self.assertIn("TRUSTED_PROXIES", str(readiness.proxies()))

    def test_an_unreachable_or_silent_redis(self):
        self.assertIsNone(readiness.cache())
        with Misbehaving(slow_headers) as silent:
            for address in (f"redis://127.0.0.1:{free_port()}/0", silent.url.replace("http", "redis")):
                began = time.monotonic()
                with self.settings(REDIS_URL=address):
                    self.assertIn("Redis", str(readiness.cache()))
                self.assertLess(time.monotonic() - began, 3)
