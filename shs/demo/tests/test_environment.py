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

READ = re.compile(r'(?:env\.\w+|keys|text|listed|origins|one_of|words|flag|whole_number|\w+_address)\(\s*"([A-Z_]+)"')


class LocalEnvTests(SimpleTestCase):
    """The `.env` that quickstart writes."""

    def setUp(self):
        self.folder = Path(self.enterContext(TemporaryDirectory()))
        self.file = self.folder / ".env"
        self.enterContext(mock.patch.dict(os.environ))
        for name in ("SECRET_KEY", "DEBUG"):
            os.environ.pop(name, None)

    def read(self):
        """The settings of the file."""
        return dotenv.dotenv_values(self.file)

    def test_it_turns_debug_on_and_holds_a_long_key_that_its_owner_alone_can_read(self):
        self.assertTrue(write_local_env(self.folder))
        found = self.read()
        self.assertEqual(found["DEBUG"], "on")
        self.assertGreater(len(found["SECRET_KEY"]), 50)
        self.assertEqual(self.file.stat().st_mode & 0o777, 0o600)

    def test_it_is_written_once(self):
        write_local_env(self.folder)
        before = self.file.read_bytes()
        self.assertFalse(write_local_env(self.folder))
        self.assertEqual(self.file.read_bytes(), before)

    def test_an_untouched_copy_of_the_example_gets_both_at_its_end(self):
        example = (settings.BASE_DIR / ".env.example").read_bytes()
        self.file.write_bytes(example)
        self.assertTrue(write_local_env(self.folder))
        self.assertTrue(self.file.read_bytes().startswith(example))
        self.assertEqual(self.read().keys(), {"DEBUG", "SECRET_KEY"})
        self.assertEqual(self.file.stat().st_mode & 0o777, 0o600)

    def test_a_last_line_without_an_end_stays_a_line_of_its_own(self):
        self.file.write_text("TIME_ZONE=Asia/Kolkata")
        write_local_env(self.folder)
        self.assertEqual((self.read()["TIME_ZONE"], self.read()["DEBUG"]), ("Asia/Kolkata", "on"))

    def test_a_file_of_somebody_else_is_left_as_it_is(self):
        self.file.write_text("DEBUG=off\n")
        self.assertFalse(write_local_env(self.folder))
        self.assertEqual(self.file.read_text(), "DEBUG=off\n")

    def test_nothing_is_written_where_the_environment_has_a_key(self):
        os.environ["SECRET_KEY"] = "from the environment"
        self.assertFalse(write_local_env(self.folder))
        self.assertFalse(self.file.exists())

    def test_no_two_machines_have_the_same_key(self):
        write_local_env(self.folder)
        first = self.read()["SECRET_KEY"]
        self.file.unlink()
        write_local_env(self.folder)
        self.assertNotEqual(self.read()["SECRET_KEY"], first)

    def test_it_needs_no_django(self):
        code = "import sys, shs.demo.environment; sys.exit('django' in sys.modules)"
        done = subprocess.run([sys.executable, "-c", code], cwd=settings.BASE_DIR, check=False)  # noqa: S603
        self.assertEqual(done.returncode, 0)


class ExampleTests(SimpleTestCase):
    """.env.example."""

    def setUp(self):
        self.lines = (settings.BASE_DIR / ".env.example").read_text(encoding="utf-8").splitlines()

    def test_it_names_every_setting_that_is_read_and_no_other(self):
        modules = [settings.BASE_DIR / "shs" / name for name in ("settings.py", "databases.py")]
        read = {name for module in modules for name in READ.findall(module.read_text(encoding="utf-8"))}
        named = {line[1:].partition("=")[0] for line in self.lines if re.match(r"#[A-Z_]+=", line)}
        self.assertEqual(named, read)

    def test_each_setting_has_one_line_that_says_what_it_is(self):
        for at, line in enumerate(self.lines):
            if re.match(r"#[A-Z_]+=", line):
                with self.subTest(line):
                    self.assertRegex(self.lines[at - 1], r"^# \w.{5,}")
