"""Hardening: names of schemas, deep HTML, refused filters, files that others could read, drafts, passwords, and forms
that were open too long."""

import base64
import json
import logging
import os
import subprocess
import sys
import time
from importlib import import_module
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from unicodedata import normalize
from unittest import mock

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.test import Client, SimpleTestCase, TestCase, tag
from django.urls import reverse
from pydantic import BaseModel

from shs import startup
from shs.api import api
from shs.blog import services as blog
from shs.blog.html import MOST_NESTED, clean
from shs.blog.models import PostImage
from shs.core.errors import Invalid
from shs.core.gate import hashing
from shs.core.log import JsonFormatter, Refusals
from shs.testing import PASSWORD, Api, TestUsers, publish_article
from shs.users.models import User

BACKEND = "shs.users.backends.EmailBackend"
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


class Schemas(SimpleTestCase):
    def test_no_two_schemas_of_the_api_have_one_name(self):
        """OpenAPI knows schemas by their name alone: the second would replace the first."""
        found: dict[str, set[str]] = {}
        for path in (Path(settings.BASE_DIR) / "shs").glob("*/schemas.py"):
            module = sys.modules.get(f"shs.{path.parent.name}.schemas")
            for name, value in vars(module).items() if module else ():
                is_schema = isinstance(value, type) and (issubclass(value, BaseModel) or hasattr(value, "__total__"))
                if is_schema and value.__module__.endswith(".schemas"):
                    found.setdefault(name, set()).add(value.__module__)
        self.assertEqual({name: where for name, where in found.items() if len(where) > 1}, {})

    def test_warnings_of_prescriptions_have_their_own_shape(self):
        schemas = api.get_openapi_schema()["components"]["schemas"]
        self.assertIn("reason", schemas["IssueWarningOut"]["properties"])


@tag("any_database")
class DeepHtml(SimpleTestCase):
    def test_deep_html_is_refused_in_no_time(self):
        begun = time.monotonic()
        for tags in ("<div>", "<blockquote>", "<b>", "<ul><li>"):
            with self.assertRaises(Invalid):
                clean(tags * 20_000)
        self.assertLess(time.monotonic() - begun, 5)

    def test_long_flat_html_and_modest_nesting_stay(self):
        flat = "<p>wash your hands<br></p>" * 2000
        self.assertEqual(clean(flat).count("<p>"), 2000)
        nested = "<div>" * 50 + "x" + "</div>" * 50
        self.assertEqual(clean(nested), nested)
        self.assertGreater(MOST_NESTED, 50)


class RefusedFilters(TestUsers, TestCase):
    def listen(self, *names: str) -> StringIO:
        """What these loggers write from now on; the first one gets the lines of the others."""
        lines = StringIO()
        handler = logging.StreamHandler(lines)
        handler.setFormatter(JsonFormatter())
        handler.addFilter(Refusals())
        logger = logging.getLogger(names[0])
        logger.addHandler(handler)
        self.addCleanup(logger.removeHandler, handler)
        self.addCleanup(logger.setLevel, logger.level)
        logger.setLevel(logging.DEBUG)
        for name in names:  # other tests may have turned one off
            one = logging.getLogger(name)
            self.enterContext(mock.patch.multiple(one, disabled=False, propagate=True))
        return lines

    def test_a_login_that_the_gate_of_hashing_refuses_is_a_warning(self):
        lines = self.listen("django.request")
        hashers = ["shs.users.backends.Argon2"]
        with self.settings(PASSWORD_HASHERS=hashers), mock.patch.dict(hashing._waiting, {False: 1000}):
            answer = Api().post("/auth/login", {"email": "nobody@example.com", "password": "x"})
        self.assertEqual(answer.status_code, 503)
        (line,) = map(json.loads, lines.getvalue().splitlines())
        self.assertEqual((line["level"], "error" in line), ("WARNING", False))

    def test_a_refused_filter_is_one_line_without_a_traceback(self):
        lines = self.listen("django.security", "django.security.DisallowedModelAdminLookup")
        client = Client()
        client.force_login(self.frank, backend=BACKEND)
        answer = client.get(reverse("admin:users_user_changelist"), {"password__startswith": "a"})
        self.assertEqual(answer.status_code, 400)
        for line in map(json.loads, lines.getvalue().splitlines()):
            self.assertEqual(line["level"], "WARNING")
            self.assertNotIn("error", line)
        self.assertTrue(lines.getvalue())


@tag("any_database")
class PrivateFiles(SimpleTestCase):
    def test_uploads_are_readable_by_their_owner_alone(self):
        from django.core.files.storage import default_storage

        with TemporaryDirectory() as folder, self.settings(MEDIA_ROOT=folder):
            name = default_storage.save("papers/a.pdf", ContentFile(b"x"))
            path = Path(folder) / name
            self.assertEqual(path.stat().st_mode & 0o777, 0o600)
            self.assertEqual(path.parent.stat().st_mode & 0o777, 0o700)

    def test_folders_and_files_of_an_earlier_version_are_closed_at_the_start(self):
        with TemporaryDirectory() as folder:
            root = Path(folder)
            media, data, database = root / "media", root / "var", root / "var" / "db.sqlite3"
            for made in (media, data):
                made.mkdir()
                made.chmod(0o755)
            for file in (database, Path(f"{database}-wal"), Path(f"{database}-shm")):
                file.touch()
                file.chmod(0o644)
            named = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(database)}}
            with (
                mock.patch.object(settings, "DATABASES", named),
                self.settings(DATA_DIR=data, MEDIA_ROOT=str(media)),
            ):
                startup.require_settings()
            found = {path.name: oct(path.stat().st_mode & 0o777) for path in (media, data, *data.iterdir())}
        files = dict.fromkeys(("db.sqlite3", "db.sqlite3-wal", "db.sqlite3-shm"), "0o600")
        self.assertEqual(found, {"media": "0o700", "var": "0o700", **files})

    def test_the_database_file_is_readable_by_its_owner_alone(self):
        with TemporaryDirectory() as folder:
            file = Path(folder) / "db.sqlite3"
            environment = {"SECRET_KEY": "x" * 60, "DEBUG": "on", "DATABASE_URL": f"sqlite:///{file}"}
            for _start in ("a new one", "one from before"):
                subprocess.run(
                    [sys.executable, "manage.py", "check"],
                    cwd=settings.BASE_DIR,
                    env=os.environ | environment,
                    check=True,
                    capture_output=True,
                )
                self.assertEqual(file.stat().st_mode & 0o777, 0o600)
                file.chmod(0o644)


class Drafts(TestUsers, TestCase):
    def test_a_draft_is_its_authors_alone_until_it_is_sent_in(self):
        from django.utils import timezone

        draft = blog.write(user=self.carol, title="Draft", content="<p>Not yet.</p>", submit=False, now=timezone.now())
        sent = publish_article(self.carol, "Hands")
        for name in ("henry", "irene"):
            client = Client()
            client.force_login(self.people[name], backend=BACKEND)
            page = reverse("admin:blog_blogpost_change", args=(draft.pk,))
            with self.subTest(who=name):
                self.assertNotEqual(client.get(page).status_code, 200)
                self.assertEqual(client.get(reverse("admin:blog_blogpost_change", args=(sent.pk,))).status_code, 200)
        client = Client()
        client.force_login(self.carol, backend=BACKEND)
        self.assertEqual(client.get(reverse("admin:blog_blogpost_change", args=(draft.pk,))).status_code, 200)

    def test_its_images_and_its_changes_are_its_authors_alone_too(self):
        from django.utils import timezone

        image = blog.add_image(user=self.carol, upload=SimpleUploadedFile("a.png", PIXEL, "image/png"))
        text = f'<p>Not yet.</p><p><img src="{image.url}" alt="x"></p>'
        draft = blog.write(user=self.carol, title="Secret plan", content=text, now=timezone.now())
        for is_sent_in in (False, True):
            if is_sent_in:
                blog.send_in(post=draft, user=self.carol, now=timezone.now())
            for name, page, shows in (
                ("henry", reverse("admin:blog_postimage_change", args=(image.pk,)), "Dr. Carol"),
                ("henry", reverse("admin:blog_postimage_file", args=(image.pk,)), ""),
                ("irene", reverse("admin:blog_postimage_file", args=(image.pk,)), ""),
                ("irene", f"{reverse('admin:changes')}?kind=blog.BlogPost", "Secret plan"),
            ):
                client = Client()
                client.force_login(self.people[name], backend=BACKEND)
                answer = client.get(page)
                shown = answer.status_code == 200 and (not shows or shows in answer.content.decode())
                with self.subTest(who=name, page=page, is_sent_in=is_sent_in):
                    self.assertEqual(shown, is_sent_in)
            author = Client()
            author.force_login(self.carol, backend=BACKEND)
            self.assertEqual(author.get(reverse("admin:blog_postimage_file", args=(image.pk,))).status_code, 200)

    def test_images_that_are_added_in_review_are_shown_and_those_of_others_are_not(self):
        from django.utils import timezone

        mine, other = (
            blog.add_image(user=self.carol, upload=SimpleUploadedFile("a.png", PIXEL, "image/png")) for _n in range(2)
        )
        post = blog.write(user=self.carol, title="Hands", content="<p>Wash.</p>", submit=True, now=timezone.now())
        changed = {"content": f'<p>Wash.</p><p><img src="{mine.url}" alt="x"></p>'}
        blog.edit(post=post, user=self.carol, changes=changed, now=timezone.now())
        self.assertTrue(self.henry.has_perm("blog.view_postimage", mine.__class__.objects.get(pk=mine.pk)))
        self.assertFalse(self.henry.has_perm("blog.view_postimage", other))

    def test_images_of_articles_from_before_are_found_by_the_migration(self):
        from django.utils import timezone

        image, unsent = (
            blog.add_image(user=self.carol, upload=SimpleUploadedFile("a.png", PIXEL, "image/png")) for _n in range(2)
        )
        publish_article(self.carol, "Hands", f'<p>Wash.</p><p><img src="{image.url}" alt="x"></p>')
        text = f'<p>Not yet.</p><p><img src="{unsent.url}" alt="x"></p>'
        blog.write(user=self.carol, title="Draft", content=text, now=timezone.now())
        PostImage.objects.without_history("as before").update(is_sent_in=False)
        migration = import_module("shs.blog.migrations.0004_images_sent_in")
        migration.send_in(MigrationLoader(connection).project_state().apps, connection.schema_editor())
        found = dict(PostImage.objects.values_list("pk", "is_sent_in"))
        self.assertEqual(found, {image.pk: True, unsent.pk: False})


class Passwords(TestUsers, TestCase):
    COMPOSED, APART = normalize("NFC", "un café à la rive 7"), normalize("NFD", "un café à la rive 7")

    def log_in(self, password: str) -> int:
        return Api().post("/auth/login", {"email": self.alice.email, "password": password}).status_code

    def test_both_forms_of_a_password_are_one(self):
        self.assertNotEqual(self.COMPOSED, self.APART)
        for stored in (self.COMPOSED, self.APART):
            user = User.objects.get(pk=self.alice.pk)
            user.change_password(stored, reason="test")
            self.assertEqual({self.log_in(self.COMPOSED), self.log_in(self.APART)}, {200})

    def test_a_password_that_was_stored_apart_still_works(self):
        rows = User.objects.without_history("test").filter(pk=self.alice.pk)
        rows.update(password=make_password(self.APART))
        self.assertEqual(self.log_in(self.APART), 200)


class StaleForms(TestUsers, TestCase):
    def test_the_second_tab_at_login_shows_the_login_again(self):
        client = Client(enforce_csrf_checks=True)
        page = reverse("admin:login")
        answer = client.post(f"{page}?next=/admin/users/", {"username": self.frank.email, "password": PASSWORD})
        self.assertEqual(answer.status_code, 302)
        self.assertIn("next=/admin/users/", answer["Location"])
        self.assertContains(client.get(answer["Location"]), "in another tab")

    def test_another_page_says_what_to_do(self):
        client = Client(enforce_csrf_checks=True)
        client.force_login(self.frank, backend=BACKEND)
        answer = client.post(reverse("admin:sessions"), {"end": "x"})
        self.assertContains(answer, "load the page again", status_code=403)
