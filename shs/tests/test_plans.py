"""No list, tab, ordering, search, dashboard or choice field of the admin reads or sorts a large table completely."""

from collections.abc import Iterable, Iterator
from unittest.mock import patch

from django.contrib import admin
from django.core.cache import cache
from django.db import connection
from django.db.models import Model, QuerySet
from django.test import Client, RequestFactory, TestCase, tag
from django.urls import reverse

from shs.core.admin.screen import Screen
from shs.core.context import RequestContext, current
from shs.core.counts import ListPaginator
from shs.core.grants.table import may_all
from shs.testing import INSIDE
from shs.tests.generate import ManyPages, one_class_each
from shs.tests.plans import Plans, as_with_a_million_rows, large_tables
from shs.tests.walk import Asked
from shs.users.models import User

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


class Words(TestCase):
    def faults(self, rows: QuerySet[User]) -> list[str]:
        with Plans() as plans:
            list(rows.order_by("-pk")[:25])
        return list(plans.faults)

    def test_words_anywhere_in_a_name_are_refused_though_the_list_ends_after_a_page(self):
        people = User.objects.unrestricted("there are no rows")
        self.assertEqual(
            self.faults(people.filter(name__icontains="ali")), ["words are looked for in each row of users_user"]
        )
        self.assertEqual(self.faults(people.filter(heard__sounds="ali")), [])


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
        if is_first and screen.get_sortable_by(asked):
            numbers = range(len(screen.get_list_display(asked)) + 1)
            orders = [f"{every}o={order}" for number in numbers for order in (number, f"-{number}")]
            yield from self.unlike(screen, asked, orders)
        if screen.get_search_fields(asked):
            words = WORDS if is_first else WORDS[:1]
            yield from self.unlike(screen, asked, [f"{every}q={some}" for some in words])

    def unlike(self, screen: Screen, asked: Asked, addresses: list[str]) -> Iterable[str]:
        """One address for each different set of queries of large tables. A page that asks the same need not be opened
        again: each query is examined once."""
        found: dict[frozenset[str], str] = {}
        for address in addresses:
            found.setdefault(self.list_queries(screen, asked, address), address)
        return found.values()

    def list_queries(self, screen: Screen, asked: Asked, address: str) -> frozenset[str]:
        """The queries that find the rows and the filters of a page."""
        request, found = RequestFactory().get(address), set()
        request.user = asked.user
        token = current.set(RequestContext(request))
        with connection.execute_wrapper(lambda execute, sql, *more: found.add(sql) or execute(sql, *more)):
            screen.get_changelist_instance(request)
        current.reset(token)
        return frozenset(sql for sql in found if any(table in sql for table in large_tables()))

    def readers(self, model: type[Model], screen: Screen) -> list[str]:
        """A user who sees every row (their queries are alike), and users who see only some."""
        seen_by = [name for name in INSIDE if screen.has_view_permission(Asked(self.people[name]))]
        of_all = [name for name in seen_by if may_all(self.people[name], model, "view")]
        return of_all[:1] + [name for name in seen_by if name not in of_all and name != "dave"]

    def test_no_list_reads_a_large_table_completely(self):
        # OtherPages shows the sidebar to each user. With no group at all, unfold shows the list of all models instead.
        self.enterContext(patch("shs.console.navigation", lambda request: [{"items": []}]))
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
