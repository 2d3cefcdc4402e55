"""Backups of a real database: created while others write, restored into an empty place, and verified."""

import json
import os
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.utils import ConnectionHandler
from django.test import override_settings, tag
from django.utils import timezone
from environ import Env

from shs.core import tasks
from shs.core.backup import databases
from shs.core.backup.archive import Writer, about
from shs.core.backup.databases import database_url
from shs.core.backup.models import Backup, Restore, last_backup
from shs.core.backup.services import NotEmpty, restore, take
from shs.core.backup.verify import NotWhole, scratch, verify
from shs.core.due.models import JobRun
from shs.core.errors import Refused
from shs.testing import CommittedTestCase

KEY = "an example of a key, long enough for it"
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


class BackupTestCase(CommittedTestCase):
    """Has its own folders for uploads and backups."""

    def setUp(self):
        self.folder = Path(self.enterContext(TemporaryDirectory()))
        self.enterContext(override_settings(MEDIA_ROOT=self.folder / "media"))
        self.put("documents/a.pdf", PDF)
        JobRun.objects.create(name="first", started_at=timezone.now(), finished_at=timezone.now())

    def put(self, name: str, content: bytes) -> None:
        place = self.folder / "media" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)

    def take(self) -> Path:
        return self.folder / "kept" / take(to=self.folder / "kept", now=timezone.now()).file

    def command(self, address: str, *arguments: str, **names: str) -> subprocess.CompletedProcess:
        """Run a command in a process that uses the database `address` and an empty folder of uploads."""
        environment = {
            "DATABASE_URL": address,
            "MEDIA_ROOT": str(self.folder / "restored"),
            "SECRET_KEY": "x" * 60,
            "DEBUG": "on",
        }
        return subprocess.run(  # noqa: S603  our own command
            [sys.executable, "manage.py", *arguments],
            cwd=settings.BASE_DIR,
            env=os.environ | environment | names,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    @contextmanager
    def empty_database(self):
        """The address of a new empty database of the kind that the tests use."""
        with TemporaryDirectory() as folder, scratch(Path(folder)) as address:
            yield address

    def ask(self, address: str, question: str) -> list[tuple]:
        """The result of a query on another database."""
        other = ConnectionHandler({DEFAULT_DB_ALIAS: Env.db_url_config(address)})[DEFAULT_DB_ALIAS]
        with closing(other), other.cursor() as cursor:
            cursor.execute(question)
            return cursor.fetchall()


class TakingBackups(BackupTestCase):
    def test_it_is_recorded_with_its_digest_and_readable_only_by_its_owner(self):
        before = timezone.now()
        file = self.take()
        noted = Backup.objects.get()
        self.assertEqual((noted.file, noted.bytes, noted.is_encrypted), (file.name, file.stat().st_size, False))
        self.assertEqual((file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777), (0o600, 0o700))
        self.assertGreaterEqual(last_backup(), before)
        said = about(file, "")
        self.assertEqual((said["vendor"], said["version"]), (connection.vendor, settings.VERSION))
        self.assertEqual(said["rows"]["core_jobrun"], 1)

    @override_settings(BACKUP_KEY=KEY)
    def test_an_encrypted_backup_contains_no_plain_text(self):
        content = self.take().read_bytes()
        for word in (b"%PDF-", b"about.json", b"PGDMP", b"SQLite format"):
            self.assertNotIn(word, content)
        self.assertTrue(Backup.objects.get().is_encrypted)

    def test_a_failed_backup_leaves_no_file(self):
        class Full(Writer):
            def add_stream(self, *args):
                raise OSError(28, "No space left on device")

        output = StringIO()
        with mock.patch("shs.core.backup.services.Writer", Full), self.assertRaisesMessage(CommandError, "No space"):
            call_command("backup", to=self.folder / "kept", stdout=output)
        self.assertEqual((list((self.folder / "kept").iterdir()), Backup.objects.count()), ([], 0))
        if connection.vendor == "sqlite":
            file = Path(connection.settings_dict["NAME"])
            self.assertEqual(list(file.parent.glob(f".{file.stem}-backup-*")), [])

    def test_a_folder_is_needed(self):
        with self.assertRaisesMessage(CommandError, "--to DIR"):
            call_command("backup")

    def test_the_daily_job_writes_into_the_folder_of_the_setting(self):
        with override_settings(BACKUP_DIR=str(self.folder / "daily")):
            self.assertEqual(tasks.backup(now=timezone.now(), dry_run=True), 1)
            self.assertFalse((self.folder / "daily").exists())
            tasks.backup(now=timezone.now())
        self.assertEqual(len(list((self.folder / "daily").iterdir())), 1)

    def test_a_missing_program_is_named(self):
        if connection.vendor == "postgresql":
            with mock.patch("shutil.which", return_value=None), self.assertRaisesMessage(Refused, "pg_dump"):
                self.take()
            self.assertEqual(list((self.folder / "kept").iterdir()), [])


@tag("long")
class RestoringBackups(BackupTestCase):
    def test_rows_and_uploads_are_restored_and_messages_held_until_release(self):
        with override_settings(BACKUP_KEY=KEY):
            file = self.take()
        with self.empty_database() as address:
            done = self.command(address, "restore", "--verify", str(file), BACKUP_KEY=KEY)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(self.ask(address, "SELECT name FROM core_jobrun"), [("first",)])
            asked = "SELECT count(*) FROM core_restore WHERE released_at IS NULL"
            self.assertEqual(self.ask(address, asked), [(1,)])
            self.assertEqual((self.folder / "restored/documents/a.pdf").read_bytes(), PDF)
            again = self.command(address, "restore", str(file), BACKUP_KEY=KEY)
            self.assertEqual(again.returncode, 1)
            self.assertIn("not empty", again.stderr)

    def test_a_failed_restore_leaves_the_target_empty(self):
        said = about(self.take(), "")
        file = self.folder / "broken.backup"
        with file.open("wb") as target, Writer(target, "") as writer:
            writer.add("about.json", json.dumps(said).encode())
            writer.add("database/00000", b"no dump of anything")
            writer.add("media/a.pdf", PDF)
        with self.empty_database() as address:
            done = self.command(address, "restore", str(file))
            self.assertEqual((done.returncode, done.stderr.count("\n")), (1, 1), done.stderr)
            self.assertEqual(list((self.folder / "restored").glob("*")), [])
            self.assertEqual(self.command(address, "restore", str(self.take())).returncode, 0)

    def test_unsuitable_backups_are_refused(self):
        file = self.take()
        with self.assertRaises(NotEmpty):
            restore(file=file, now=timezone.now())
        said = about(file, "")
        for change, words in (
            ({"vendor": "oracle"}, "oracle"),
            ({"migrations": ["core.9999_later"], "version": "9.0"}, "newer"),
        ):
            with (
                mock.patch("shs.core.backup.services.about", return_value=said | change),
                self.assertRaisesMessage(Refused, words),
            ):
                restore(file=file, now=timezone.now())
        with mock.patch.object(databases, "is_empty", return_value=True), self.assertRaisesMessage(NotEmpty, "MEDIA"):
            restore(file=file, now=timezone.now())
        self.assertFalse(Restore.objects.exists())


class VerifyingBackups(BackupTestCase):
    def test_a_valid_backup_is_restored_into_a_scratch_database_only(self):
        file, output = self.take(), StringIO()
        call_command("verify_backup", file, stdout=output)
        self.assertIn("whole", output.getvalue())
        self.assertEqual((JobRun.objects.count(), Restore.objects.count()), (1, 0))

    def test_missing_rows_are_found(self):
        take_snapshot = databases.snapshot

        @contextmanager
        def more():
            with take_snapshot() as found:
                yield found._replace(rows=found.rows | {"core_jobrun": 2})

        with mock.patch.object(databases, "snapshot", more):
            file = self.take()
        with self.assertRaisesMessage(NotWhole, "core_jobrun has 1 rows, and had 2"):
            verify(file)

    def test_the_newest_backup_is_verified_by_default(self):
        with override_settings(BACKUP_DIR=str(self.folder)), self.assertRaisesMessage(CommandError, "no backup"):
            call_command("verify_backup")


class UnderLoad(BackupTestCase):
    WRITERS, SECONDS = 4, 60

    def test_all_rows_committed_before_the_backup_are_in_it(self):
        stored: list[tuple[float, str]] = []
        stop = threading.Event()
        threads = [threading.Thread(target=self.write, args=(number, stored, stop)) for number in range(self.WRITERS)]
        for thread in threads:
            thread.start()
        try:
            self.wait_for(lambda: len(stored) > 40)
            began = time.monotonic()
            file = self.take()
            ended = time.monotonic()
            self.wait_for(lambda: stored[-1][0] > ended)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        with self.empty_database() as address:
            done = self.command(address, "restore", "--verify", str(file))
            self.assertEqual(done.returncode, 0, done.stderr)
            found = {name for (name,) in self.ask(address, "SELECT name FROM core_jobrun")}
        before = {name for at, name in stored if at <= began}
        self.assertGreater(len(before), 40)
        self.assertEqual(before - found, set())
        # Writers did not have to wait for the backup to end.
        self.assertTrue([name for at, name in stored if began < at < ended])

    def write(self, number: int, stored: list[tuple[float, str]], stop: threading.Event) -> None:
        try:
            count = 0
            while not stop.is_set():
                name, now, count = f"{number}-{count}", timezone.now(), count + 1
                JobRun.objects.create(name=name, started_at=now, finished_at=now)
                stored.append((time.monotonic(), name))
        finally:
            connections.close_all()

    def wait_for(self, condition) -> None:
        until = time.monotonic() + self.SECONDS
        while not condition():
            self.assertLess(time.monotonic(), until)
            time.sleep(0.01)


class ScratchAddress(CommittedTestCase):
    def test_the_scratch_database_is_on_the_same_server(self):
        with TemporaryDirectory() as folder, scratch(Path(folder)) as address:
            self.assertNotEqual(address, database_url())
            self.assertEqual(address.partition(":")[0], database_url().partition(":")[0])
