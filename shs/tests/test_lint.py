"""The rules of shs/tests/lint.py apply to every route, page and template, and every URL requires a login or is listed
here."""

import ast

from django.conf import settings
from django.test import SimpleTestCase
from django.urls import URLPattern, URLResolver, get_resolver

from shs.core.discovery import collect
from shs.tests.lint import careless_texts, careless_work, findings, loose_bodies, shows_rows, unescaped

APPS = settings.BASE_DIR / "shs"
OPEN_ADDRESSES = {
    "home": "leads to the back office",
    "set_language": "chooses Bangla or English",
    "account_forgotten": "asks for a link to set a new password",
    "account_password": "sets a new password by a link",
    "account_confirm": "confirms an address by a link",
    "account_address": "changes an address by a link",
    "account_undo": "undoes a change of address by a link",
    "account_practise": "makes an account a doctor's by a link to its owner",
    "visit_not_me": "lets a patient object to a visit, by a link",
    "earlier_offer": "lets a patient answer an offer of an earlier time, by a link",
    "calendar_feed": "lets a calendar read a private link",
    "queue": "shows the queue to whoever has the link of a slip or a text",
    "rx": "says whether a prescription is valid, by the code of its QR code, to pharmacies and patients",
    "letter": "says whether a sick note, referral or summary is valid, by the code of its QR code",
    "waiting_room": "the screen in a waiting room, by its address",
    "openapi": "the documentation of the API",
    "swagger": "the documentation of the API",
    "redoc": "the documentation of the API",
}
"""Addresses outside of the admin and the API that need no login, and their purpose."""


class RowPermissions(SimpleTestCase):
    def test_routes_and_pages_say_whose_rows_they_read(self):
        found = []
        for path in sorted(APPS.rglob("*.py")):
            place = path.relative_to(APPS)
            if shows_rows(place) and not {"tests", "migrations"} & set(place.parts):
                tree = ast.parse(path.read_text(encoding="utf-8"))
                found += [f"shs/{place}:{line} {sentence}" for line, sentence in findings(tree)]
        self.assertEqual(found, [])

    def test_no_module_shows_html_that_was_typed_or_speaks_english_only(self):
        found = []
        for path in sorted(APPS.rglob("*.py")):
            place = path.relative_to(APPS)
            if not {"tests", "migrations"} & set(place.parts):
                tree = ast.parse(path.read_text(encoding="utf-8"))
                found += [f"shs/{place}:{line} {sentence}" for line, sentence in careless_texts(tree)]
        self.assertEqual(found, [])

    def test_no_app_changes_a_state_without_its_steps_or_health_data_without_history_or_logs_a_text(self):
        found = []
        for path in sorted(APPS.rglob("*.py")):
            place = path.relative_to(APPS)
            if not {"tests", "migrations", "core", "demo", "demo.py", "testing.py"} & set(place.parts):
                tree = ast.parse(path.read_text(encoding="utf-8"))
                found += [f"shs/{place}:{line} {sentence}" for line, sentence in careless_work(tree)]
        self.assertEqual(found, [])

    def test_bodies_are_in_schemas(self):
        self.assertEqual([one for _prefix, router in collect("api") for one in loose_bodies(router)], [])

    def test_templates_escape_what_they_show(self):
        pages = {
            path.relative_to(settings.BASE_DIR / "templates"): path for path in APPS.parent.glob("templates/**/*.html")
        }
        found = {str(name) for name, path in pages.items() if unescaped(path.read_text(encoding="utf-8"))}
        self.assertEqual(found, {"unfold/helpers/fieldset_row.html"}, "Only our own help texts may hold HTML.")


class Addresses(SimpleTestCase):
    def test_every_url_is_in_admin_or_api_or_listed_as_public(self):
        found = set()
        for pattern in get_resolver().url_patterns:
            if isinstance(pattern, URLResolver):
                if pattern.app_name not in {"admin", "ninja"}:
                    found.add(str(pattern.pattern))
            elif isinstance(pattern, URLPattern) and pattern.name not in OPEN_ADDRESSES:
                found.add(str(pattern.pattern))
        self.assertEqual(
            found,
            set(),
            "Anybody could open these. Write a route of the API, pages = [Page(...)] on a Screen, or "
            "office.add_page(..., needs=...).",
        )
