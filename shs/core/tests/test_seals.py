"""Seals with a key, and the last digest outside of the database: whoever can write to the database is found out."""

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
        """What somebody who can write to the database does to hide a change; they do not have the key."""
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
class Keyed(KeyedLines, TestCase):
    def test_a_whole_log_is_whole_and_the_database_does_not_have_the_key(self):
        self.assertEqual(verify(now=timezone.now()), (None, 2, 0, 0, 0, self.last.digest))
        self.assertIn(f"whole; 2 seals, last digest {self.last.digest}", self.verified())
        self.assertNotIn("unkeyed", self.verified())
        self.assertEqual({row.key for row in AuditSeal.objects.all()}, {"2026"})

    def test_an_edit_a_deletion_and_a_swap_are_found(self):
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

    def test_every_part_of_a_seal_is_under_its_key(self):
        for change in ("sealed_at = '2026-01-01 00:00:00+00:00'", "key = ''", "lines = '[]'", "to_id = to_id + 1"):
            with self.subTest(change), self.undone():
                self.sql(f"UPDATE core_auditseal SET {change} WHERE id = %s", self.last.pk)  # noqa: S608
                self.assertIsNotNone(broken())

    def test_a_seal_that_was_taken_out_of_the_middle_is_found(self):
        self.read()
        self.seal()
        self.sql("DELETE FROM core_auditseal WHERE id = %s", self.last.pk)
        self.assertEqual(broken().what, "a seal is missing")

    def test_a_tail_that_was_cut_off_with_its_lines_is_found_by_the_last_digest(self):
        digest = self.last.digest
        self.sql("DELETE FROM core_auditseal WHERE id = %s", self.last.pk)
        self.sql("DELETE FROM core_readlog WHERE id > %s", self.first.to_id)
        self.assert_found(f"no seal has the digest {digest}", last=digest)
        self.assertIn("whole", self.verified(last=self.first.digest))

    def test_seals_that_were_all_deleted_are_found(self):
        self.sql("DELETE FROM core_auditseal")
        self.assert_found("no seal has the digest", last=self.last.digest)
        with time_machine.travel(later() + timedelta(hours=3), tick=False):
            self.assert_found(f"Line {self.ids[0]} of the read log: not sealed for more than three hours")

    def test_a_copy_is_checked_as_of_the_moment_when_it_was_made(self):
        self.read()
        at = timezone.now()
        with time_machine.travel(at + timedelta(hours=4), tick=False):
            self.assert_found("not sealed for more than three hours")
            self.assertIn("whole", self.verified(at=at))
            out = StringIO()
            call_command("verify_audit", "--at", at.isoformat(), stdout=out)
            self.assertIn("whole", out.getvalue())

    def test_seals_that_were_made_anew_without_the_key_are_found(self):
        self.sql("UPDATE core_readlog SET note = 'x' WHERE id = %s", self.ids[0])
        self.seal_by_the_public_recipe()
        self.assert_found("no seal has a key")
        self.read()
        self.seal()  # on top of it, with the key
        self.assert_found("no seal has the digest", last=self.last.digest)
        self.assertIn(f"1 of the seals are unkeyed (lines 1 to {self.last.to_id})", self.verified())

    def test_seals_that_the_job_makes_anew_hours_after_their_lines_are_named(self):
        self.sql("DELETE FROM core_auditseal")
        seal(now=later() + timedelta(hours=4))
        self.assertIn("1 of the seals were made more than three hours after their lines", self.verified())
        self.assert_found("no seal has the digest", last=self.last.digest)

    def test_nothing_is_sealed_on_top_of_a_seal_that_was_changed(self):
        self.sql("UPDATE core_auditseal SET lines = '[]' WHERE id = %s", self.last.pk)
        self.read()
        with self.assertRaises(SealsBroken):
            self.seal()

    def test_a_seal_without_a_key_after_one_with_a_key_is_found(self):
        self.read()
        with override_settings(AUDIT_KEYS={}):
            self.seal()
        self.assertEqual(broken().what, "sealed without a key, after seals with one")


class Rotated(KeyedLines, TestCase):
    """These were sealed before there was a key."""

    def test_seals_from_before_the_key_are_whole_counted_and_named(self):
        self.assertIn(f"2 of the seals are unkeyed (lines 1 to {self.last.to_id})", self.verified())
        with override_settings(AUDIT_KEYS=NEW):
            self.read()
            self.seal()
            self.assertIn("whole; 3 seals", self.verified())
            self.assertIn(f"2 of the seals are unkeyed (lines 1 to {self.last.to_id})", self.verified())

    def test_seals_of_earlier_versions_are_whole(self):
        self.seal_by_the_public_recipe()  # which is how they were made
        self.assertIn(f"1 of the seals are unkeyed (lines 1 to {self.last.to_id})", self.verified())

    def test_a_new_key_soon_seals_something_also_if_nobody_reads(self):
        with override_settings(AUDIT_KEYS=NEW):
            self.assert_found("no seal has a key")
            self.assertEqual(seal(now=timezone.now()), 0)
            self.assertEqual(ReadLog.objects.latest("id").what, FIRST_KEYED_SEAL)
            self.assertEqual(self.seal(), 1)
            self.assertIn("whole; 3 seals", self.verified())
            self.assertEqual(self.seal(), 0)

    def test_keys_are_rotated_by_their_ids(self):
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


class Deployed(SimpleTestCase):
    def test_a_server_without_a_key_is_warned(self):
        for keys, expected in (({}, ["shs.W002"]), (NEW, [])):
            with self.settings(AUDIT_KEYS=keys):
                self.assertEqual([found.id for found in seals_have_a_key()], expected)


@override_settings(AUDIT_KEYS=NEW)
class Noted(KeyedLines, TestCase):
    def setUp(self):
        self.file = Path(self.enterContext(TemporaryDirectory())) / "digests"
        self.enterContext(self.settings(AUDIT_DIGEST_FILE=str(self.file)))
        with self.assertLogs("shs.audit", "INFO") as self.logged:
            super().setUp()

    def test_each_last_digest_is_logged_and_appended_to_the_file(self):
        noted = [line.split()[1:] for line in self.file.read_text().splitlines()]
        seals = [(str(row.to_id), row.digest) for row in AuditSeal.objects.order_by("to_id")]
        self.assertEqual([tuple(words) for words in noted], seals)
        self.assertIn(self.last.digest, self.logged.output[-1])

    def test_what_could_not_be_written_is_written_the_next_time(self):
        self.file.write_text(self.file.read_text()[:-30])  # the disk was full
        self.seal()
        self.assertIn("whole", self.verified())
        self.assertIn(self.last.digest, self.file.read_text())

    def test_what_was_cut_off_or_made_anew_is_found_without_being_asked(self):
        for change in ("DELETE FROM core_auditseal", f"DELETE FROM core_auditseal WHERE id = {self.last.pk}"):  # noqa: S608
            with self.subTest(change), self.undone():
                self.sql(change)
                self.assert_found("no seal has the digest")
        self.seal_by_the_public_recipe()
        self.assert_found("no seal has the digest")

    def test_the_job_seals_nothing_on_top_of_it_and_says_so(self):
        self.sql("DELETE FROM core_auditseal")
        with self.assertLogs("shs.due", "ERROR"):
            done = run(jobs()["seal_audit"], now=later(), is_asked=True)
        self.assertIn("AUDIT_DIGEST_FILE is missing", done.error)
        self.assertFalse(AuditSeal.objects.exists())

    def test_a_file_that_cannot_be_read_or_written_is_said(self):
        self.file.unlink()
        self.file.mkdir()
        self.assert_found("AUDIT_DIGEST_FILE cannot be read: Is a directory.")
        with self.assertRaises(OSError):
            self.seal()
