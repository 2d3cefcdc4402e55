"""A database that an earlier release made and seeded is migrated to the present, and its pages work."""

from contextlib import ExitStack
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.contrib import admin
from django.core.management import call_command
from django.db import connection
from django.test import Client, SimpleTestCase
from django.urls import reverse
from django.utils import timezone

from shs.core.reads.seal import seal
from shs.core.seeding.marks import ADMIN, address
from shs.tests import releases
from shs.users.models import User


class Upgrade(SimpleTestCase):
    """The tests for each kept release; each test has a database of its own."""

    databases = {"default"}

    def upgraded(self, release: str) -> ExitStack:
        """A block in which the default database is that of `release`, migrated."""
        block = ExitStack()
        folder = Path(block.enter_context(TemporaryDirectory()))
        test_database = connection.settings_dict["NAME"]
        name = str(folder / "upgrade.sqlite3") if connection.vendor == "sqlite" else f"{test_database}_upgrade"
        block.enter_context(releases.scratch_database(name))
        block.enter_context(self.settings(MEDIA_ROOT=folder))
        releases.load(release)
        call_command("migrate", verbosity=0)
        return block

    def test_the_database_of_the_first_release_is_kept(self):
        self.assertEqual(releases.releases()[:1], ["v1.0.0"])

    def test_the_pages_of_the_office_open(self):
        for release in releases.releases():
            with self.subTest(release=release), self.upgraded(release):
                call_command("check", databases=["default"], stdout=StringIO())
                seal(now=timezone.now())  # the lines that the release left unsealed
                call_command("verify_audit", stdout=StringIO())
                client = Client()
                client.force_login(User.objects.get(email=address(ADMIN)), backend="shs.users.backends.EmailBackend")
                pages = [reverse("admin:index")]
                for model in admin.site._registry:
                    options = model._meta
                    name = f"admin:{options.app_label}_{options.model_name}"
                    pages.append(reverse(f"{name}_changelist"))
                    first = model._base_manager.order_by("pk").first()
                    pages += [reverse(f"{name}_change", args=(first.pk,))] if first else []
                answers = {page: client.get(page).status_code for page in pages}
                self.assertEqual({page: code for page, code in answers.items() if code != 200}, {})

    def test_the_api_answers(self):
        for release in releases.releases():
            with self.subTest(release=release), self.upgraded(release):
                found = Client().get("/api/v1/doctors/search").json()
                self.assertGreater(found["count"], 0)
                doctor = found["items"][0]["id"]
                self.assertEqual(Client().get(f"/api/v1/doctors/{doctor}").status_code, 200)

    def test_the_seed_adds_what_is_missing(self):
        for release in releases.releases():
            with self.subTest(release=release), self.upgraded(release), self.settings(DEBUG=True):
                before = User.objects.count()
                call_command("seed_bd_data", **releases.SMALL, stdout=StringIO())
                self.assertEqual(User.objects.count(), before)


class Files(SimpleTestCase):
    def test_every_release_is_kept_for_both_kinds_of_database(self):
        kept = {path.name for path in releases.FOLDER.glob("*.sql.gz")}
        names = {name.rsplit("-", 1)[0] for name in kept}
        self.assertEqual(kept, {f"{name}-{vendor}.sql.gz" for name in names for vendor in ("sqlite", "postgresql")})

    def test_the_changelog_names_every_release(self):
        changelog = (settings.BASE_DIR / "CHANGELOG.md").read_text(encoding="utf-8")
        for release in releases.releases():
            self.assertIn(f"## {release.removeprefix('v')}", changelog)
