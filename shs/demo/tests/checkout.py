"""A copy of the project in its own folder, for tests that start it like a newcomer after `git clone`."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.test import SimpleTestCase

EXAMPLE = (settings.BASE_DIR / ".env.example").read_text(encoding="utf-8")
DEFAULTS: dict[str, str] = dict(re.findall(r"^#([A-Z_]+)=(.*)$", EXAMPLE, re.M))
"""The comment of each setting in .env.example."""

LEFT_OUT = shutil.ignore_patterns("screenshots", "tests", "*.po")
HANGS = 900
"""Seconds after which a process counts as hanging. Many, because no test may depend on how busy the machine is."""


class Checkout(SimpleTestCase):
    """Makes the copy once for the class, without `.env` and `var`."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.folder = Path(cls.enterClassContext(TemporaryDirectory())) / "project"
        # Modification times are kept, so that Python does not compile the files again.
        shutil.copytree(settings.BASE_DIR / "shs", cls.folder / "shs", ignore=LEFT_OUT)
        for name in ("templates", "fixtures"):
            shutil.copytree(settings.BASE_DIR / name, cls.folder / name)
        for name in ("manage.py", ".env.example"):
            shutil.copy2(settings.BASE_DIR / name, cls.folder)

    def setUp(self) -> None:
        (self.folder / ".env").unlink(missing_ok=True)
        shutil.rmtree(self.folder / "var", ignore_errors=True)

    def write_env(self, text: str | bytes) -> None:
        """Write the `.env` of the copy."""
        (self.folder / ".env").write_bytes(text if isinstance(text, bytes) else text.encode())

    def environment(self, **names: str) -> dict[str, str]:
        """The environment of a newcomer: no settings except `names`."""
        kept = {name: value for name, value in os.environ.items() if name not in DEFAULTS}
        return kept | {"PYTHONUNBUFFERED": "1"} | names

    def python(self, *arguments: str, **names: str) -> subprocess.CompletedProcess[str]:
        """Run Python in the copy, with `names` in its environment."""
        return subprocess.run(  # noqa: S603  our own commands
            [sys.executable, *arguments],
            cwd=self.folder,
            env=self.environment(**names),
            capture_output=True,
            text=True,
            timeout=HANGS,
            check=False,
        )

    def manage(self, *arguments: str, **names: str) -> subprocess.CompletedProcess[str]:
        """Run a management command in the copy."""
        return self.python("manage.py", *arguments, **names)
