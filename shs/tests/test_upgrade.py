"""The database of each earlier release is migrated to the present version, and its pages work."""

from contextlib import ExitStack
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.db import connection
from django.test import Client, SimpleTestCase, tag
from django.urls import reverse
from django.utils import timezone

from shs.core.reads.seal import seal
from shs.core.seeding.marks import ADMIN, address
from shs.tests import releases
from shs.users.models import ContactPoint, ContactSystem, User


def permission_names() -> dict[tuple[str, str], str]:
    """App and codename → name, of the permissions of our models."""
    rows = Permission.objects.exclude(content_type__app_label__in=("axes", "guardian"))
    return {
        (app, codename): name for app, codename, name in rows.values_list("content_type__app_label", "codename", "name")
    }


@tag("long")
class Upgrade(SimpleTestCase):
    """Each kept release has a database of its own, which is upgraded."""

    databases = {"default"}

    def upgraded(self, release: str) -> ExitStack:
        """Context manager: the default database is that of `release`, migrated. `phones` holds what it had before."""
        block = ExitStack()
        folder = Path(block.enter_context(TemporaryDirectory()))
        test_database = connection.settings_dict["NAME"]
        name = str(folder / "upgrade.sqlite3") if connection.vendor == "sqlite" else f"{test_database}_upgrade"
        block.enter_context(releases.scratch_database(name))
        block.enter_context(self.settings(MEDIA_ROOT=folder))
        releases.load(release)
        with connection.cursor() as cursor:
            odd = "UPDATE users_userprofile SET phone = 'ask 12' WHERE id = (SELECT min(id) FROM users_userprofile)"
            cursor.execute(odd)
            cursor.execute("SELECT user_id, phone FROM users_userprofile WHERE phone <> ''")
            self.phones = dict(cursor.fetchall())
        call_command("migrate", verbosity=0)
        return block

    def test_the_database_of_the_first_release_exists(self):
        self.assertEqual(releases.releases()[:1], ["v1.0.0"])

    def test_an_upgraded_database_works_and_has_the_tables_of_a_new_one(self):
        of_a_new_one, names = releases.schema(), permission_names()
        for release in releases.releases():
            with self.subTest(release=release), self.upgraded(release):
                upgraded = releases.schema()
                differs = {table for table in upgraded | of_a_new_one if upgraded.get(table) != of_a_new_one.get(table)}
                self.assertEqual(differs, set(), "Steps and squashed migrations build different tables.")
                self.assertEqual(permission_names(), names)
                self.assert_phones_and_addresses_became_contact_points()
                call_command("check", databases=["default"], stdout=StringIO())
                seal(now=timezone.now())  # seal the lines that the release left unsealed
                call_command("verify_audit", stdout=StringIO())
                self.assert_pages_open()
                self.assert_the_api_works()
                with self.settings(DEBUG=True):
                    self.assert_the_seed_adds_missing_rows()

    def assert_phones_and_addresses_became_contact_points(self) -> None:
        """Each phone of a profile is a contact point in use, with its history; so is each address."""
        live = ContactPoint.objects.live()
        found = {point.person_id: point for point in live.exclude(system=ContactSystem.EMAIL)}
        self.assertGreater(len(self.phones), 1)
        self.assertEqual({person: point.value for person, point in found.items()}, self.phones)
        kinds = {point.system for point in found.values()}
        self.assertEqual(kinds, {ContactSystem.PHONE, ContactSystem.OTHER})
        addresses = live.filter(system=ContactSystem.EMAIL)
        self.assertEqual(dict(addresses.values_list("person", "value")), dict(User.objects.values_list("pk", "email")))
        for point in live:
            self.assertIn("+", point.history.values_list("history_type", flat=True))
        self.assertEqual(User.objects.filter(email=address(ADMIN)).get().demo_name, ADMIN)

    def assert_pages_open(self) -> None:
        """Open every list of the admin, and the first row of each."""
        client = Client()
        client.force_login(User.objects.get(email=address(ADMIN)), backend="shs.users.backends.EmailBackend")
        pages = [reverse("admin:index")]
        for model in admin.site._registry:
            name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
            pages.append(reverse(f"{name}_changelist"))
            first = model._base_manager.order_by("pk").first()
            pages += [reverse(f"{name}_change", args=(first.pk,))] if first else []
        answers = {page: client.get(page).status_code for page in pages}
        self.assertEqual({page: code for page, code in answers.items() if code != 200}, {})

    def assert_the_api_works(self) -> None:
        found = Client().get("/api/v1/doctors/search").json()
        self.assertGreater(found["count"], 0)
        doctor = found["items"][0]["id"]
        self.assertEqual(Client().get(f"/api/v1/doctors/{doctor}").status_code, 200)

    def assert_the_seed_adds_missing_rows(self) -> None:
        before = set(User.objects.values_list("pk", flat=True))
        call_command("seed_bd_data", **releases.SMALL, stdout=StringIO())
        added = User.objects.exclude(pk__in=before).values_list("demo_name", flat=True)
        self.assertEqual(list(added), ["pharmacy1", "unknown1"], "Only those whom v1.0.0 did not know are added.")


class ReleaseFiles(SimpleTestCase):
    def test_every_release_has_files_for_both_databases(self):
        kept = {path.name for path in releases.FOLDER.glob("*.sql.gz")}
        names = {name.rsplit("-", 1)[0] for name in kept}
        self.assertEqual(kept, {f"{name}-{vendor}.sql.gz" for name in names for vendor in ("sqlite", "postgresql")})

    def test_the_changelog_contains_every_release(self):
        changelog = (settings.BASE_DIR / "CHANGELOG.md").read_text(encoding="utf-8")
        for release in releases.releases():
            self.assertIn(f"## {release.removeprefix('v')}", changelog)
