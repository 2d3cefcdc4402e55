"""A server whose project folder is read-only: it writes only into the folders named by settings."""

from pathlib import Path
from tempfile import TemporaryDirectory

from django.test import tag

from shs.demo.tests.checkout import Checkout

COMMANDS = """
import sys
sys.modules["brotli"] = None  # gzip alone writes as much, and takes a fifth of the time
import shs.celery
from django.core.management import call_command
for command in ("collectstatic --noinput", "run_due", "verify_audit", "check --deploy"):
    call_command(*command.split())
"""
ASK = """
from shs.wsgi import application
from django.test import Client
for path in ("/healthz", "/readyz", "/admin/login/", "/api/v1/doctors/search"):
    print(Client().get(path, secure=True).status_code)
"""


@tag("long", "any_database")
class ReadOnlyRoot(Checkout):
    def test_nothing_is_written_outside_of_the_configured_folders(self):
        data = Path(self.enterContext(TemporaryDirectory()))
        names = {
            "SECRET_KEY": "0123456789" * 6,
            "ALLOWED_HOSTS": "testserver",
            "DATABASE_URL": f"sqlite:///{data}/db.sqlite3",
            "STATIC_ROOT": f"{data}/static",
            "MEDIA_ROOT": f"{data}/media",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        before = self.present()
        for done in (self.manage("migrate", **names), self.python("-c", COMMANDS, **names)):
            self.assertEqual(done.returncode, 0, done.stderr)
        done = self.python("-W", "error::UserWarning", "-c", ASK, **names)
        self.assertEqual(done.stdout.split(), ["200"] * 4, done.stderr)
        self.assertEqual(self.present(), before)
        self.assertTrue((data / "db.sqlite3").exists())

    def test_importing_the_settings_creates_no_folder(self):
        before = self.present()
        done = self.python("-c", "import shs.settings", DEBUG="on", PYTHONDONTWRITEBYTECODE="1")
        self.assertEqual((done.returncode, self.present()), (0, before), done.stderr)

    def present(self) -> set[Path]:
        """The files and folders of the copy."""
        return set(self.folder.rglob("*"))
