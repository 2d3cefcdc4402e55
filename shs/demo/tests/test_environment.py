import os
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

import dotenv
from django.conf import settings
from django.test import SimpleTestCase

from shs.demo.environment import write_local_env

READ = re.compile(
    r'(?:env\.\w+|keys|text|listed|origins|one_of|words|flag|whole_number|phone_number|day|pair|region|header_lines|accepted|amount|hours|\w+_address)\(\s*"([A-Z_]+)"'
)


class LocalEnvTests(SimpleTestCase):
    """The `.env` that quickstart writes."""

    def setUp(self):
        self.folder = Path(self.enterContext(TemporaryDirectory()))
        self.file = self.folder / ".env"
        self.enterContext(mock.patch.dict(os.environ))
        for name in ("SECRET_KEY", "DEBUG"):
            os.environ.pop(name, None)

    def read(self):
        """The settings in the file."""
        return dotenv.dotenv_values(self.file)

    def test_it_sets_debug_and_a_long_key_and_only_its_owner_can_read_it(self):
        self.assertTrue(write_local_env(self.folder))
        found = self.read()
        self.assertEqual(found["DEBUG"], "on")
        self.assertGreater(len(found["SECRET_KEY"]), 50)
        self.assertEqual(self.file.stat().st_mode & 0o777, 0o600)

    def test_an_existing_file_is_not_replaced(self):
        write_local_env(self.folder)
        before = self.file.read_bytes()
        self.assertFalse(write_local_env(self.folder))
        self.assertEqual(self.file.read_bytes(), before)

    def test_a_copy_of_the_example_gets_both_appended(self):
        example = (settings.BASE_DIR / ".env.example").read_bytes()
        self.file.write_bytes(example)
        self.assertTrue(write_local_env(self.folder))
        self.assertTrue(self.file.read_bytes().startswith(example))
        self.assertEqual(self.read().keys(), {"DEBUG", "SECRET_KEY"})
        self.assertEqual(self.file.stat().st_mode & 0o777, 0o600)

    def test_a_missing_newline_at_the_end_is_added(self):
        self.file.write_text("TIME_ZONE=Asia/Kolkata")
        write_local_env(self.folder)
        self.assertEqual((self.read()["TIME_ZONE"], self.read()["DEBUG"]), ("Asia/Kolkata", "on"))

    def test_a_file_that_sets_debug_is_not_changed(self):
        self.file.write_text("DEBUG=off\n")
        self.assertFalse(write_local_env(self.folder))
        self.assertEqual(self.file.read_text(), "DEBUG=off\n")

    def test_nothing_is_written_if_the_environment_has_a_key(self):
        os.environ["SECRET_KEY"] = "from the environment"
        self.assertFalse(write_local_env(self.folder))
        self.assertFalse(self.file.exists())

    def test_the_key_is_random(self):
        write_local_env(self.folder)
        first = self.read()["SECRET_KEY"]
        self.file.unlink()
        write_local_env(self.folder)
        self.assertNotEqual(self.read()["SECRET_KEY"], first)

    def test_it_does_not_import_django(self):
        code = "import sys, shs.demo.environment; sys.exit('django' in sys.modules)"
        done = subprocess.run([sys.executable, "-c", code], cwd=settings.BASE_DIR, check=False)  # noqa: S603
        self.assertEqual(done.returncode, 0)


class ExampleTests(SimpleTestCase):
    """.env.example."""

    def setUp(self):
        self.lines = (settings.BASE_DIR / ".env.example").read_text(encoding="utf-8").splitlines()

    def test_it_contains_exactly_the_settings_that_are_read(self):
        modules = [
            settings.BASE_DIR / "shs" / name for name in ("settings.py", "messages.py", "databases.py", "limits.py")
        ]
        read = {name for module in modules for name in READ.findall(module.read_text(encoding="utf-8"))}
        named = {line[1:].partition("=")[0] for line in self.lines if re.match(r"#[A-Z_]+=", line)}
        self.assertEqual(named, read)

    def test_each_setting_has_a_comment_of_one_line(self):
        for at, line in enumerate(self.lines):
            if re.match(r"#[A-Z_]+=", line):
                with self.subTest(line):
                    self.assertRegex(self.lines[at - 1], r"^# \w.{5,}")
