"""The rules of shs/tests/lint.py hold for every route and page."""

import ast

from django.conf import settings
from django.test import SimpleTestCase
from django.urls import URLPattern, URLResolver, get_resolver

from shs.tests.lint import findings, shows_rows

APPS = settings.BASE_DIR / "shs"
OPEN_ADDRESSES = {
    "home": "leads to the back office",
    "set_language": "chooses Bangla or English",
    "openapi": "the documentation of the API",
    "swagger": "the documentation of the API",
    "redoc": "the documentation of the API",
}
"""The addresses outside of the admin and the API that anybody may open, and what they are for."""


class RowsAreAsked(SimpleTestCase):
    def test_a_route_or_page_reads_only_rows_of_which_it_says_who_may_see_them(self):
        found = []
        for path in sorted(APPS.rglob("*.py")):
            place = path.relative_to(APPS)
            if shows_rows(place) and not {"tests", "migrations"} & set(place.parts):
                tree = ast.parse(path.read_text(encoding="utf-8"))
                found += [f"shs/{place}:{line} {sentence}" for line, sentence in findings(tree)]
        self.assertEqual(found, [])


class Addresses(SimpleTestCase):
    def test_every_address_belongs_to_the_back_office_or_the_api_or_is_meant_for_everybody(self):
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
