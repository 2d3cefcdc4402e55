"""The files of a seeding that does not come to its end."""

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
        """What is stored, by its name."""
        return sorted(path.name for path in settings.MEDIA_ROOT.rglob("*") if path.is_file())

    def leave(self, name):
        """A file and its list, as a process leaves them that is killed."""
        (settings.MEDIA_ROOT / "documents").mkdir()
        (settings.MEDIA_ROOT / "documents" / name).write_bytes(b"drawn")
        names = settings.MEDIA_ROOT / f"x{ENDING}"
        names.write_text(f"credentialing.DoctorDocument\tfile\tdocuments/{name}\n")
        return names

    def test_they_go_with_the_rows_and_other_files_stay(self):
        (settings.MEDIA_ROOT / "other.png").write_bytes(b"of somebody else")
        with self.assertRaises(KeyboardInterrupt), all_or_nothing():
            document = DoctorDocument()
            store_file(document.file, CheckedFile(b"drawn", PNG))
            self.assertEqual(document.file.read(), b"drawn")
            raise KeyboardInterrupt
        self.assertEqual(self.files(), ["other.png"])

    def test_the_next_seeding_removes_what_a_killed_process_left(self):
        self.leave("a.png")
        with all_or_nothing():
            self.assertEqual([name for name in self.files() if name.endswith(".png")], [])
        self.assertEqual(self.files(), [])

    def test_those_of_a_process_that_is_at_work_stay(self):
        with self.leave("a.png").open() as names:
            fcntl.flock(names, fcntl.LOCK_EX)
            clear_up()
            self.assertIn("a.png", self.files())
