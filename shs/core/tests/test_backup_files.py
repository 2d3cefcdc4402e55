"""Backup files: which ones are kept, encryption, and an archive that detects changes."""

import io
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from django.test import SimpleTestCase, tag

from shs.core.backup.archive import Damaged, Member, Writer, check
from shs.core.backup.cipher import MAGIC, PIECE, SALT, TAG, Decrypting, Encrypting, Undecipherable
from shs.core.backup.keeping import clean, kept, moment_of, name_of

KEY = "an example of a key, long enough for it"
NOW = datetime(2027, 3, 10, 1, 0, tzinfo=UTC)


@tag("any_database")
class KeptBackups(SimpleTestCase):
    def daily(self, count: int) -> list[datetime]:
        return [NOW - timedelta(days=days) for days in range(count)]

    def test_backups_of_seven_days_five_weeks_and_twelve_months_are_kept(self):
        found = sorted(kept(self.daily(800), now=NOW), reverse=True)
        ages = [(NOW - at).days for at in found]
        self.assertEqual(ages[:7], [0, 1, 2, 3, 4, 5, 6])
        # 10 March 2027 is a Wednesday; of an earlier week its Sunday is kept, of an earlier month its last day.
        self.assertEqual(ages[7:11], [10, 17, 24, 38])
        self.assertEqual([at.date().isoformat() for at in found[10:13]], ["2027-01-31", "2026-12-31", "2026-11-30"])
        self.assertEqual(len({(at.year, at.month) for at in found}), 12)

    def test_irregular_backups_are_kept_while_there_is_no_newer_one(self):
        old = [NOW - timedelta(days=days) for days in (400, 500, 600)]
        self.assertEqual(kept(old, now=NOW), set(old))

    def test_all_backups_of_the_last_day_are_kept(self):
        today = [NOW - timedelta(hours=hours) for hours in range(20)]
        self.assertEqual(kept(today, now=NOW), set(today))

    def test_only_backups_and_day_old_unfinished_files_are_deleted(self):
        folder = Path(self.enterContext(TemporaryDirectory()))
        names = {name_of(at) for at in self.daily(60)} | {"notes.txt", "shs-old.backup"}
        for name in (*names, f"{name_of(NOW)}.part"):
            (folder / name).touch()
            os.utime(folder / name, (NOW.timestamp(), NOW.timestamp()))
        clean(folder, now=NOW)
        left = {file.name for file in folder.iterdir()}
        self.assertLessEqual({"notes.txt", "shs-old.backup", name_of(NOW), f"{name_of(NOW)}.part"}, left)
        self.assertEqual({file for file in folder.iterdir() if moment_of(file)}, {
            folder / name_of(at) for at in kept(self.daily(60), now=NOW)
        })  # fmt: skip
        clean(folder, now=NOW + timedelta(days=2))
        self.assertNotIn(f"{name_of(NOW)}.part", {file.name for file in folder.iterdir()})


@tag("any_database")
class Encryption(SimpleTestCase):
    plain = bytes(range(256)) * 12_000  # nearly three chunks

    def encrypted(self) -> bytes:
        target = io.BytesIO()
        with Encrypting(target, KEY) as writer:
            for at in range(0, len(self.plain), 7_777):
                writer.write(self.plain[at : at + 7_777])
        return target.getvalue()

    def decrypted(self, content: bytes, key: str = KEY) -> bytes:
        source = io.BytesIO(content)
        self.assertEqual(source.read(len(MAGIC)), MAGIC)
        return io.BufferedReader(Decrypting(source, key)).read()

    def test_decryption_returns_the_input_and_each_encryption_differs(self):
        first, second = self.encrypted(), self.encrypted()
        self.assertEqual((self.decrypted(first), self.decrypted(second)), (self.plain, self.plain))
        self.assertNotEqual(first, second)
        self.assertNotIn(bytes(range(256)), first)

    def test_a_wrong_key_and_a_changed_moved_or_missing_chunk_are_found(self):
        whole, size = self.encrypted(), PIECE + TAG
        head, body = whole[: len(MAGIC) + SALT], whole[len(MAGIC) + SALT :]
        for name, content, key in (
            ("another key", whole, KEY + "!"),
            ("a changed byte", whole[:-1] + bytes([whole[-1] ^ 1]), KEY),
            ("moved", head + body[size : 2 * size] + body[:size] + body[2 * size :], KEY),
            ("cut off at the end of a piece", head + body[: 2 * size], KEY),
            ("cut off in a piece", whole[:-5], KEY),
            ("empty", head, KEY),
        ):
            with self.subTest(name), self.assertRaises(Undecipherable):
                self.decrypted(content, key)


@tag("any_database")
class Archive(SimpleTestCase):
    members = {"about.json": b"{}", "media/a.pdf": b"%PDF-" * 1000, "media/b.png": b"\x89PNG" * 30}

    def setUp(self):
        self.file = Path(self.enterContext(TemporaryDirectory())) / "made.backup"

    def write(self, key: str = "", **more: bytes) -> None:
        with self.file.open("wb") as target, Writer(target, key) as writer:
            for name, content in {**self.members, **more}.items():
                writer.add(name, content)

    def read(self, key: str = "") -> dict[str, bytes]:
        found: dict[str, bytes] = {}

        def note(member: Member) -> None:
            found[str(member.name)] = member.content.read()

        check(self.file, key, each=note)
        return found

    def test_it_is_read_as_it_was_written_with_and_without_a_key(self):
        for key in ("", KEY):
            self.write(key)
            self.assertEqual(self.read(key), self.members)

    def test_an_encrypted_archive_needs_its_key(self):
        self.write(KEY)
        for key, words in (("", "BACKUP_KEY"), (KEY[::-1], "BACKUP_KEY")):
            with self.assertRaisesMessage(Damaged, words):
                self.read(key)

    def test_any_changed_byte_is_found(self):
        for key in ("", KEY):
            self.write(key)
            whole = self.file.read_bytes()
            for at in range(0, len(whole), max(1, len(whole) // 40)):
                self.file.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
                with self.subTest(key=key, at=at):
                    try:
                        found = self.read(key)
                    except Damaged:
                        continue
                    # Some bits of a gzip header are ignored; the cipher checks every bit.
                    self.assertEqual((found, key), (self.members, ""))

    def test_a_truncated_archive_is_found(self):
        for key in ("", KEY):
            self.write(key)
            whole = self.file.read_bytes()
            for length in (0, 5, len(whole) // 2, len(whole) - 9):
                with self.subTest(key=key, length=length), self.assertRaises(Damaged):
                    self.file.write_bytes(whole[:length])
                    self.read(key)

    def test_a_member_with_a_path_outside_of_the_folder_is_refused(self):
        self.write(**{"media/../../evil": b"x"})
        with self.assertRaises(Damaged):
            self.read()
