"""No list, tab, ordering, search, dashboard or choice field of the admin reads or sorts a large table completely."""

from collections.abc import Iterable, Iterator
from unittest.mock import patch

from django.contrib import admin
from django.core.cache import cache
from django.db.models import Model
from django.test import Client, tag
from django.urls import reverse

from shs.core.admin.screen import Screen
from shs.core.counts import ListPaginator
from shs.core.grants.table import may_all
from shs.testing import INSIDE
from shs.tests.generate import ManyPages, one_class_each
from shs.tests.plans import Plans, as_with_a_million_rows
from shs.tests.walk import Asked

WORDS = ("ali", "Alice Rah", "APT-2026", "alice@example.com", "রহমান", "5678", "Ali 5678", "12/5/1980")
APPS = sorted({model._meta.app_label for model in admin.site._registry})


class PlanTestCase(ManyPages):
    maxDiff = None

    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        as_with_a_million_rows()

    def setUp(self):
        super().setUp()
        self.seen: set[str] = set()
        # A list that fits on one page is read without LIMIT.
        self.enterContext(patch.object(ListPaginator, "count", 1000))

    def faults(self, name: str, addresses: Iterable[str]) -> dict[str, str]:
        """The problems of the queries of these pages for a test user → who opened which page, and a query."""
        client, found = Client(), {}
        client.force_login(self.people[name], backend="shs.users.backends.EmailBackend")
        for address in addresses:
            cache.clear()
            with Plans(self.seen) as plans:
                self.assertLess(client.get(address).status_code, 400, address)
            for fault, sql in plans.faults.items():
                found.setdefault(fault, f"{name}: {address}: {sql}")
        return found


@tag("replay")
@one_class_each("app", APPS)
class Lists(PlanTestCase):
    app = ""

    def addresses(self, screen: Screen, asked: Asked, *, is_first: bool) -> Iterator[str]:
        """The list with each tab and, once, with each ordering and some searches."""
        url = reverse(f"admin:{screen.opts.app_label}_{screen.opts.model_name}_changelist")
        tabs = screen.get_tabs(asked)
        yield from [f"{url}?tab={tab.key}" for tab in tabs] or [url]
        every = f"{url}?tab={tabs[-1].key}&" if tabs else f"{url}?"
        if is_first:
            sortable = screen.get_sortable_by(asked)
            for number in range(len(screen.get_list_display(asked)) + 1 if sortable else 0):
                yield from (f"{every}o={number}", f"{every}o=-{number}")
        if screen.get_search_fields(asked):
            yield from (f"{every}q={words}" for words in (WORDS if is_first else WORDS[:1]))

    def readers(self, model: type[Model], screen: Screen) -> list[str]:
        """A user who sees every row (their queries are alike), and users who see only some."""
        seen_by = [name for name in INSIDE if screen.has_view_permission(Asked(self.people[name]))]
        of_all = [name for name in seen_by if may_all(self.people[name], model, "view")]
        return of_all[:1] + [name for name in seen_by if name not in of_all and name != "dave"]

    def test_no_list_reads_a_large_table_completely(self):
        self.enterContext(patch("shs.console.navigation", lambda request: []))  # OtherPages shows it to each user
        for model, screen in admin.site._registry.items():
            if model._meta.app_label != self.app:
                continue
            seen_by = self.readers(model, screen)
            found: dict[str, str] = {}
            for name in seen_by:
                pages = self.addresses(screen, Asked(self.people[name]), is_first=name == seen_by[0])
                found = self.faults(name, pages) | found
            with self.subTest(model=model.__name__):
                self.assertEqual(found, {})


@tag("replay")
@one_class_each("who", INSIDE)
class OtherPages(PlanTestCase):
    who = ""

    def test_no_dashboard_and_no_quick_search_reads_a_large_table_completely(self):
        pages = [reverse("admin:index"), *(f"{reverse('admin:search')}?s={words}" for words in WORDS)]
        self.assertEqual(self.faults(self.who, pages), {})
