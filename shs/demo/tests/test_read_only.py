"""A server whose project folder cannot be written to: all that it writes lands in the folders that settings name."""

from pathlib import Path
from tempfile import TemporaryDirectory

from django.test import tag

from shs.demo.tests.checkout import Checkout

ASK = """
import shs.celery
from shs.wsgi import application
from django.test import Client
for path in ("/healthz", "/readyz", "/admin/login/", "/api/v1/doctors/search"):
    print(Client().get(path, secure=True).status_code)
"""


@tag("any_database")
class ReadOnlyRoot(Checkout):
    def test_nothing_is_written_outside_the_folders_that_settings_name(self):
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
        for command in ("migrate", "collectstatic --noinput", "run_due", "verify_audit", "check --deploy"):
            done = self.manage(*command.split(), **names)
            self.assertEqual(done.returncode, 0, done.stderr)
        done = self.python("-W", "error::UserWarning", "-c", ASK, **names)
        self.assertEqual(done.stdout.split(), ["200"] * 4, done.stderr)
        self.assertEqual(self.present(), before)
        self.assertTrue((data / "db.sqlite3").exists())

    def test_importing_the_settings_makes_no_folder(self):
        before = self.present()
        done = self.python("-c", "import shs.settings", DEBUG="on", PYTHONDONTWRITEBYTECODE="1")
        self.assertEqual((done.returncode, self.present()), (0, before), done.stderr)

    def present(self) -> set[Path]:
        """The files and folders of the copy."""
        return set(self.folder.rglob("*"))
