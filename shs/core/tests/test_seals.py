"""Seals with a key, and the last digest outside of the database: changes made directly in the database are found."""

import hashlib
import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import time_machine
from django.core.management import CommandError, call_command
from django.test import SimpleTestCase, TestCase, override_settings
from django.utils import timezone

from shs.core.checks import seals_have_a_key
from shs.core.due.jobs import run
from shs.core.due.registry import jobs
from shs.core.reads.digests import digests
from shs.core.reads.log import log_read
from shs.core.reads.models import FIRST_KEYED_SEAL, AuditSeal, ReadLog
from shs.core.reads.seal import SealsBroken, seal
from shs.core.reads.verify import verify
from shs.core.tests.test_audit import Lines, broken, later

OLD, NEW = {"2025": "old " * 8}, {"2026": "new " * 8}


class KeyedLines(Lines):
    def setUp(self):
        super().setUp()
        self.seal()
        self.first = AuditSeal.objects.get()
        self.read()
        self.seal()
        self.last = AuditSeal.objects.latest("to_id")

    def read(self):
        log_read(self.frank, what="medical records", ids=[9], subject=self.alice)

    def seal(self) -> int:
        return seal(now=later())

    def seal_by_the_public_recipe(self):
        """What somebody with write access to the database, but without the key, does to hide a change."""
        self.sql("DELETE FROM core_auditseal")
        lines = digests(ReadLog.objects.order_by("id"))
        said = json.dumps(["", lines], separators=(",", ":"))
        AuditSeal.objects.create(
            sealed_at=self.first.sealed_at, from_id=1, to_id=lines[-1][0], lines=lines, previous="",
            digest=hashlib.sha256(said.encode()).hexdigest(),
        )  # fmt: skip

    def verified(self, **options) -> str:
        out = StringIO()
        call_command("verify_audit", stdout=out, **options)
        return out.getvalue()

    def assert_found(self, words: str, **options):
        with self.assertRaises(CommandError) as found:
            self.verified(**options)
        self.assertIn(words, str(found.exception))


@override_settings(AUDIT_KEYS=NEW)
class KeyedSeals(KeyedLines, TestCase):
    def test_an_unchanged_log_is_valid_and_the_key_is_not_in_the_database(self):
        self.assertEqual(verify(now=timezone.now()), (None, 2, 0, 0, 0, self.last.digest))
        self.assertIn(f"whole; 2 seals, last digest {self.last.digest}", self.verified())
        self.assertNotIn("unkeyed", self.verified())
        self.assertEqual({row.key for row in AuditSeal.objects.all()}, {"2026"})

    def test_changed_deleted_and_swapped_lines_are_found(self):
        a, b = self.ids[:2]
        for changes in (
            [("UPDATE core_readlog SET note = 'x' WHERE id = %s", a)],
            [("DELETE FROM core_readlog WHERE id = %s", a)],
            [
                ("UPDATE core_readlog SET ids = '[1]' WHERE id = %s", a),
                ("UPDATE core_readlog SET ids = '[0]' WHERE id = %s", b),
            ],
        ):
            with self.subTest(changes=changes), self.undone():
                for statement, pk in changes:
                    self.sql(statement, pk)
                self.assertEqual(broken().line, a)

    def test_a_change_of_any_part_of_a_seal_is_found(self):
        for change in ("sealed_at = '2026-01-01 00:00:00+00:00'", "key = ''", "lines = '[]'", "to_id = to_id + 1"):
            with self.subTest(change), self.undone():
                self.sql(f"UPDATE core_auditseal SET {change} WHERE id = %s", self.last.pk)  # noqa: S608
                self.assertIsNotNone(broken())

    def test_a_missing_seal_in_the_middle_is_found(self):
        self.read()
        self.seal()
        self.sql("DELETE FROM core_auditseal WHERE id = %s", self.last.pk)
        self.assertEqual(broken().what, "a seal is missing")

    def test_a_removed_end_of_the_log_is_found_by_the_last_digest(self):
        digest = self.last.digest
        self.sql("DELETE FROM core_auditseal WHERE id = %s", self.last.pk)
        self.sql("DELETE FROM core_readlog WHERE id > %s", self.first.to_id)
        self.assert_found(f"no seal has the digest {digest}", last=digest)
        self.assertIn("whole", self.verified(last=self.first.digest))

    def test_the_deletion_of_all_seals_is_found(self):
        self.sql("DELETE FROM core_auditseal")
        self.assert_found("no seal has the digest", last=self.last.digest)
        with time_machine.travel(later() + timedelta(hours=3), tick=False):
            self.assert_found(f"Line {self.ids[0]} of the read log: not sealed for more than three hours")

    def test_a_copy_can_be_verified_as_of_an_earlier_time(self):
        self.read()
        at = timezone.now()
        with time_machine.travel(at + timedelta(hours=4), tick=False):
            self.assert_found("not sealed for more than three hours")
            self.assertIn("whole", self.verified(at=at))
            out = StringIO()
            call_command("verify_audit", "--at", at.isoformat(), stdout=out)
            self.assertIn("whole", out.getvalue())

    def test_seals_recreated_without_the_key_are_found(self):
        self.sql("UPDATE core_readlog SET note = 'x' WHERE id = %s", self.ids[0])
        self.seal_by_the_public_recipe()
        self.assert_found("no seal has a key")
        self.read()
        self.seal()  # a seal with the key after it
        self.assert_found("no seal has the digest", last=self.last.digest)
        self.assertIn(f"1 of the seals are unkeyed (lines 1 to {self.last.to_id})", self.verified())

    def test_seals_that_the_job_recreated_hours_later_are_reported(self):
        self.sql("DELETE FROM core_auditseal")
        seal(now=later() + timedelta(hours=4))
        self.assertIn("1 of the seals were made more than three hours after their lines", self.verified())
        self.assert_found("no seal has the digest", last=self.last.digest)

    def test_nothing_is_sealed_after_a_changed_seal(self):
        self.sql("UPDATE core_auditseal SET lines = '[]' WHERE id = %s", self.last.pk)
        self.read()
        with self.assertRaises(SealsBroken):
            self.seal()

    def test_a_seal_without_a_key_after_one_with_a_key_is_found(self):
        self.read()
        with override_settings(AUDIT_KEYS={}):
            self.seal()
        self.assertEqual(broken().what, "sealed without a key, after seals with one")


class KeyRotation(KeyedLines, TestCase):
    """These lines were sealed before there was a key."""

    def test_seals_from_before_the_key_are_valid_and_reported(self):
        self.assertIn(f"2 of the seals are unkeyed (lines 1 to {self.last.to_id})", self.verified())
        with override_settings(AUDIT_KEYS=NEW):
            self.read()
            self.seal()
            self.assertIn("whole; 3 seals", self.verified())
            self.assertIn(f"2 of the seals are unkeyed (lines 1 to {self.last.to_id})", self.verified())

    def test_seals_of_earlier_versions_are_valid(self):
        self.seal_by_the_public_recipe()  # how earlier versions made them
        self.assertIn(f"1 of the seals are unkeyed (lines 1 to {self.last.to_id})", self.verified())

    def test_a_new_key_is_used_soon_even_if_nothing_is_read(self):
        with override_settings(AUDIT_KEYS=NEW):
            self.assert_found("no seal has a key")
            self.assertEqual(seal(now=timezone.now()), 0)
            self.assertEqual(ReadLog.objects.latest("id").what, FIRST_KEYED_SEAL)
            self.assertEqual(self.seal(), 1)
            self.assertIn("whole; 3 seals", self.verified())
            self.assertEqual(self.seal(), 0)

    def test_a_seal_is_checked_with_the_key_of_its_id(self):
        for keys in (OLD, NEW | OLD):
            with override_settings(AUDIT_KEYS=keys):
                self.read()
                self.seal()
                self.assertIn("whole", self.verified())
        self.assertEqual([row.key for row in AuditSeal.objects.order_by("to_id")], ["", "", "2025", "2026"])
        with override_settings(AUDIT_KEYS=NEW):
            self.assert_found("AUDIT_KEYS has no key '2025'")
        with override_settings(AUDIT_KEYS=NEW | {"2025": "wrong " * 8}):
            self.assert_found("the seal was changed")


class DeployCheck(SimpleTestCase):
    def test_a_server_without_a_key_is_warned(self):
        for keys, expected in (({}, ["shs.W002"]), (NEW, [])):
            with self.settings(AUDIT_KEYS=keys):
                self.assertEqual([found.id for found in seals_have_a_key()], expected)


@override_settings(AUDIT_KEYS=NEW)
class DigestFile(KeyedLines, TestCase):
    def setUp(self):
        self.file = Path(self.enterContext(TemporaryDirectory())) / "digests"
        self.enterContext(self.settings(AUDIT_DIGEST_FILE=str(self.file)))
        with self.assertLogs("shs.audit", "INFO") as self.logged:
            super().setUp()

    def test_each_new_digest_is_logged_and_appended_to_the_file(self):
        noted = [line.split()[1:] for line in self.file.read_text().splitlines()]
        seals = [(str(row.to_id), row.digest) for row in AuditSeal.objects.order_by("to_id")]
        self.assertEqual([tuple(words) for words in noted], seals)
        self.assertIn(self.last.digest, self.logged.output[-1])

    def test_digests_that_could_not_be_written_are_written_next_time(self):
        self.file.write_text(self.file.read_text()[:-30])  # as if the disk had been full
        self.seal()
        self.assertIn("whole", self.verified())
        self.assertIn(self.last.digest, self.file.read_text())

    def test_deleted_and_recreated_seals_are_found_by_the_file(self):
        for change in ("DELETE FROM core_auditseal", f"DELETE FROM core_auditseal WHERE id = {self.last.pk}"):  # noqa: S608
            with self.subTest(change), self.undone():
                self.sql(change)
                self.assert_found("no seal has the digest")
        self.seal_by_the_public_recipe()
        self.assert_found("no seal has the digest")

    def test_the_job_seals_nothing_after_them_and_fails(self):
        self.sql("DELETE FROM core_auditseal")
        with self.assertLogs("shs.due", "ERROR"):
            done = run(jobs()["seal_audit"], now=later(), is_asked=True)
        self.assertIn("AUDIT_DIGEST_FILE is missing", done.error)
        self.assertFalse(AuditSeal.objects.exists())

    def test_a_file_that_cannot_be_read_or_written_is_reported(self):
        self.file.unlink()
        self.file.mkdir()
        self.assert_found("AUDIT_DIGEST_FILE cannot be read: Is a directory.")
        with self.assertRaises(OSError):
            self.seal()
