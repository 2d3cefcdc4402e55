"""An admin list takes at most twelve queries, and as many for 250 rows as for 25."""

from unittest.mock import patch

from django.contrib import admin
from django.core.cache import cache
from django.db import connection, models
from django.test import Client, TestCase, tag
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from shs.core.admin.tabs import counted
from shs.testing import EveryModel
from shs.tests.multiply import multiply
from shs.tests.walk import Asked
from shs.users import sessions
from shs.users.models import User

MOST = 12
FEW, MANY = 25, 250


@tag("any_database")
class Counting(EveryModel, TestCase):
    """Counts the queries of a page, as an admin or an auditor, who see every row."""

    def reader(self, model: type[models.Model]) -> User:
        return self.frank if admin.site._registry[model].has_view_permission(Asked(self.frank)) else self.irene

    def browser(self, user: User) -> Client:
        client = Client()
        client.force_login(user, backend="shs.users.backends.EmailBackend")
        return client

    def count(self, client: Client, url: str) -> int:
        cache.clear()
        client.get(url)  # the first request of a process fills caches
        return self.count_once(client, url)

    def count_once(self, client: Client, url: str) -> int:
        # The session's last use is stored every few minutes; that query does not belong to the list.
        with patch.object(sessions, "NOTED_EVERY_SECONDS", 86_400), CaptureQueriesContext(connection) as found:
            self.assertEqual(client.get(url).status_code, 200)
        return len(found)


@tag("replay", "any_database")
class ListQueries(Counting):
    def fullest(self, model: type[models.Model], user: User) -> str:
        """The address of the tab with the most rows; the address of a tab never opens a saved view."""
        url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        screen, asked = admin.site._registry[model], Asked(user)
        tabs = counted(screen.get_tabs(asked), screen.get_queryset(asked), asked)
        return f"{url}?tab={max(tabs, key=lambda tab: tab['count'])['key']}" if tabs else url

    def test_every_list_needs_no_more_queries_for_250_rows_than_for_25(self):
        for model in admin.site._registry:
            multiply(model, FEW)
        clients = {user: self.browser(user) for user in (self.frank, self.irene)}
        before = {}
        for model in admin.site._registry:
            user = self.reader(model)
            client, page = clients[user], self.fullest(model, user)
            before[model] = client, page, self.count(client, page)
        for model in admin.site._registry:
            multiply(model, MANY)
        # The process has opened each page before; only the counts in the sidebar are of fewer rows.
        cache.clear()
        for client in clients.values():
            client.get(reverse("admin:index"))
        for model, (client, page, few) in before.items():
            with self.subTest(model=model.__name__):
                many = self.count_once(client, page)
                self.assertLessEqual(many, few)
                self.assertLessEqual(many, MOST)


class HistoryQueries(Counting):
    def test_the_history_of_a_row_needs_no_more_queries_for_250_versions_than_for_25(self):
        client = self.browser(self.frank)
        url = reverse("admin:appointment_appointment_history", args=(self.visit.pk,))
        self.make_versions(FEW)
        few = self.count(client, url)
        self.make_versions(10 * FEW)
        self.assertEqual(self.count(client, url), few)
        self.assertLessEqual(few, MOST)

    def make_versions(self, count: int) -> None:
        """Add versions of Alice's visit, each with another reason, until there are `count`."""
        history = type(self.visit).history.model
        there = self.visit.history.count()
        first = self.visit.history.values().first()
        first.pop("history_id")
        history.objects.bulk_create(
            history(**{**first, "reason": f"pain since {number} days"}) for number in range(there, count)
        )

    def test_the_changes_page_needs_no_more_queries_for_250_changes_than_for_25(self):
        client, url = self.browser(self.frank), reverse("admin:changes")
        few = self.count(client, url)
        self.make_versions(MANY)
        self.assertLessEqual(self.count(client, url), few)
        self.assertLessEqual(few, MOST)
