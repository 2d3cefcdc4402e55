"""The files of a seeding that does not finish."""

import fcntl
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.test import TestCase, override_settings

from shs.core.records.files import PNG, CheckedFile
from shs.core.seeding.files import ENDING, all_or_nothing, clear_up, store_file
from shs.credentialing.models import DoctorDocument


class SeedingFiles(TestCase):
    def setUp(self):
        self.enterContext(override_settings(MEDIA_ROOT=Path(self.enterContext(TemporaryDirectory()))))

    def files(self):
        """The stored files by name."""
        return sorted(path.name for path in settings.MEDIA_ROOT.rglob("*") if path.is_file())

    def leave(self, name):
        """Leave a file and its list, as a killed process does."""
        (settings.MEDIA_ROOT / "documents").mkdir()
        (settings.MEDIA_ROOT / "documents" / name).write_bytes(b"drawn")
        names = settings.MEDIA_ROOT / f"x{ENDING}"
        names.write_text(f"credentialing.DoctorDocument\tfile\tdocuments/{name}\n")
        return names

    def test_they_are_removed_with_the_rows_and_other_files_are_kept(self):
        (settings.MEDIA_ROOT / "other.png").write_bytes(b"of somebody else")
        with self.assertRaises(KeyboardInterrupt), all_or_nothing():
            document = DoctorDocument()
            store_file(document.file, CheckedFile(b"drawn", PNG))
            self.assertEqual(document.file.read(), b"drawn")
            raise KeyboardInterrupt
        self.assertEqual(self.files(), ["other.png"])

    def test_the_next_seeding_removes_files_of_a_killed_process(self):
        self.leave("a.png")
        with all_or_nothing():
            self.assertEqual([name for name in self.files() if name.endswith(".png")], [])
        self.assertEqual(self.files(), [])

    def test_files_of_a_running_process_are_kept(self):
        with self.leave("a.png").open() as names:
            fcntl.flock(names, fcntl.LOCK_EX)
            clear_up()
            self.assertIn("a.png", self.files())
