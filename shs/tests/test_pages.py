"""Every page of the admin, opened once by each test user who may log in there, in Bangla. For each page it is checked
that it opens to those who have the right and to no one else, that every row on it is one that the user may see
(`rows_shown.py`), that a GET changes nothing, that no English is left, that each form has its one-time key, and that
none of its links leads to an error.
A new model, page or step is covered without a line here."""

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple
from unittest.mock import patch

from django.contrib import admin
from django.db import models
from django.test import Client, tag
from django.urls import URLPattern, reverse
from django.utils.html import strip_tags
from fontTools.ttLib import TTFont

from shs.console import navigation
from shs.core.admin.screen import Screen
from shs.core.grants.table import may_all, may_some, rows_allowed
from shs.core.management.commands import subset_fonts
from shs.core.types import MAX_ID
from shs.testing import INSIDE
from shs.tests.crawl import Links
from shs.tests.english_left import EnglishLeft
from shs.tests.generate import ManyPages, one_class_each
from shs.tests.keyed import forms_without_key
from shs.tests.rows_shown import RowsShown
from shs.users.models import User

ICON = re.compile(r"""material-symbols-outlined[^<>]*>\s*([a-z]\w+)\s*<""")
TITLE = re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL)
PAGES_WITH_SIDEBAR = 5
OPEN = {200}
REFUSED = {403, 404}
ANY = {*range(200, 500)}


def twice(html: str) -> list[str]:
    """The parts of the page's title that stand in it twice, and further titles."""
    title, *more = [strip_tags(found) for found in TITLE.findall(html)] or [""]
    parts = [part.strip().casefold() for part in title.split("chevron_right")]
    return [*(part for part in set(parts) if parts.count(part) > 1), *more]


class Page(NamedTuple):
    """A page to open and the statuses with which it may answer this user."""

    url: str
    statuses: set[int]


@tag("long", "any_database")
@one_class_each("who", INSIDE)
class Pages(ManyPages, RowsShown):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        # The user's own language too, not only the browser's: a notice is shown in the language of its recipient.
        User.objects.without_history("test users").update(language="bn")
        cls.icons = set(subset_fonts.icons(TTFont(subset_fonts.TARGET / "icons.woff2")))
        cls.english = EnglishLeft(u.get_short_name() for u in cls.people.values() if u.is_authenticated)

    def setUp(self):
        super().setUp()
        self.client = Client()
        self.client.force_login(self.user, backend="shs.users.backends.EmailBackend")
        # Notes that the session is in use. What a page stores is undone (`read`), so each would note it again.
        self.client.get(reverse("admin:index"))
        self.enterContext(patch("shs.console.navigation", self.sidebar))
        # Irene sees every row, as Frank does: what filters show is the same.
        self.links = Links(with_queries=self.who != "irene")
        self.opened = 0

    def sidebar(self, request: Any) -> list[Any]:
        """The sidebar on the first pages only, because it is the same on all of them. The others get a group without
        entries: for an empty sidebar unfold shows the list of all models."""
        return navigation(request) if self.opened < PAGES_WITH_SIDEBAR else [{"items": []}]

    def test_each_page_is_for_those_with_the_right_shows_only_their_rows_and_is_in_bangla(self):
        for page in self.pages():
            self.open(page)
        while self.links.waiting:
            url, origin = self.links.waiting.popleft()
            with self.subTest(linked_on=origin):
                self.open(Page(url, ANY - REFUSED - {400}))
        self.assertGreater(self.opened, 50)

    def open(self, page: Page) -> None:
        self.links.opened(page.url)
        response = self.read(self.client, page.url)
        with self.subTest(who=self.who, url=page.url):
            self.assertIn(response.status_code, page.statuses)
            if response.status_code in (301, 302):
                self.links.follow(response["Location"], page.url)
            elif not response.streaming and response["Content-Type"].startswith("text/html"):
                self.opened += 1
                html = response.content.decode()
                self.links.found(html, page.url)
                self.assertEqual(self.english.on(html), set(), "This is not in Bangla.")
                self.assertEqual(set(ICON.findall(html)) - self.icons, set(), "Run `manage.py subset_fonts`.")
                self.assertEqual(twice(html), [], "The page has its title twice.")
                self.assertEqual(forms_without_key(html), [], "Use {% csrf_token %} in the form.")

    def pages(self) -> Iterator[Page]:
        yield from self.pages_of_no_screen()
        for model, screen in admin.site._registry.items():
            self.assertIsInstance(screen, Screen)
            for pattern in screen.get_urls():
                if isinstance(pattern, URLPattern) and pattern.name:
                    yield from self.pages_of(model, screen, pattern)  # type: ignore[arg-type]

    def pages_of_no_screen(self) -> Iterator[Page]:
        for query in ("?s=a", "?s=%25", "?s=a&extended=1", f"?s={MAX_ID * 10}&extended=1"):
            yield Page(reverse("admin:search") + query, OPEN)
        yield Page(reverse("admin:auth_group_changelist") + "9999/change/", REFUSED)
        for pattern in admin.site.get_urls():
            if isinstance(pattern, URLPattern) and pattern.name != "logout" and not pattern.pattern.regex.groups:
                opens = OPEN if pattern.name in {"index", "password_change"} else ANY
                yield Page(reverse(f"admin:{pattern.name}"), opens)

    def pages_of(self, model: type[models.Model], screen: Screen, pattern: URLPattern) -> Iterator[Page]:
        """The pages of one address of a screen: for a row of each kind, and each step or one version of it."""
        name, address = f"admin:{pattern.name}", str(pattern.name).removeprefix(f"{screen.opts.app_label}_")
        page = address.removeprefix(f"{screen.opts.model_name}_")
        names = list(pattern.pattern.converters)
        if not pattern.pattern.regex.groups:
            yield Page(reverse(name), self.without_a_row(model, page))
        elif names and names[0] != "object_id":
            if len(names) == 1:
                yield from (Page(reverse(name, args=[pk]), ANY) for pk in self.patients)
        else:
            for pk, is_visible in self.own[model]:
                for last in self.last_values(model, screen, pattern, pk):
                    may = self.with_a_row(model, screen, page, pk, last) if is_visible else REFUSED
                    yield Page(reverse(name, args=[pk, *last]), may)

    @cached_property
    def patients(self) -> list[int]:
        return [self.alice.pk, self.bob.pk, self.carol.pk]

    @cached_property
    def own(self) -> dict[type[models.Model], list[tuple[int, bool]]]:
        """For each model, the primary key of a row of each kind, and whether the user may view it."""
        found: dict[type[models.Model], list[tuple[int, bool]]] = {}
        for model in admin.site._registry:
            allowed = model._base_manager.filter(rows_allowed(model, self.user, "view"))
            seen = set(allowed.values_list("pk", flat=True))
            kinds = [row.pk for row in self.kinds(row for row in self.rows.values() if row.model is model)]
            if not kinds:  # the keys of these rows are not numbered anew
                others = model._base_manager.exclude(pk__in=seen).order_by("pk").values_list("pk", flat=True)
                kinds = [*sorted(seen)[:1], *others[:1]]
            found[model] = [(pk, pk in seen) for pk in kinds]
        return found

    def last_values(self, model: type[models.Model], screen: Screen, pattern: URLPattern, pk: int) -> list[list[Any]]:
        """What follows the key of a row in an address: nothing, the name of a step, or a version of the history."""
        if pattern.pattern.converters.keys() == {"object_id", "name"}:
            return [[name] for name in screen.steps()]
        if pattern.pattern.regex.groups == 1:
            return [[]]
        history: Any = getattr(model, "history", None)
        versions = history.filter(**{model._meta.pk.attname: pk}) if history is not None else []
        return [[number] for number in (versions.values_list("history_id", flat=True)[:1] if versions else [])]

    def may(self, model: type[models.Model], action: str, row: models.Model | None = None) -> bool:
        if row is None:
            return may_some(self.user, model, action)
        return self.user.has_perm(f"{model._meta.app_label}.{action}_{model._meta.model_name}", row)

    def without_a_row(self, model: type[models.Model], page: str) -> set[int]:
        """How the list, the form of a new row, import and export answer. A screen may refuse new rows to everyone."""
        if page == "add":
            return {200, 403} if self.may(model, "add") else REFUSED
        action = {"changelist": "view", "import": "import", "export": "export"}.get(page)
        return ANY if action is None else OPEN if self.may(model, action) else {403}

    def with_a_row(self, model: type[models.Model], screen: Screen, page: str, pk: int, last: list[Any]) -> set[int]:
        """How the pages of a row that the user sees answer."""
        row = model._base_manager.get(pk=pk)
        if page == "change":
            return OPEN
        if page in ("history", "simple_history"):
            reads = may_all(self.user, model, "view") or self.may(model, screen.history_needs, row)
            return OPEN if reads and hasattr(row, "history") else {404}
        if page == "delete":
            return {200, 403} if self.may(model, "delete", row) else REFUSED
        if page == "step":
            return OPEN if self.may(model, screen.steps()[last[0]].action, row) else {403}
        return ANY
