"""Tabs above a list: parts of the list with row counts. The list opens with the first tab."""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, TypedDict

from django.contrib.admin import SimpleListFilter
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from shs.core import counts
from shs.core.admin.rights import Rows
from shs.core.caller import MemberRequest
from shs.core.labels import Label


class HasTabs(Protocol):
    """A screen whose list has tabs."""

    def get_tabs(self, request: MemberRequest) -> "list[Tab]": ...


class Tab(NamedTuple):
    """A part of a list; `where(user)` is its condition. A `quiet` tab is shown only while it is open; it is opened by a
    link elsewhere, such as a number on the dashboard."""

    key: str
    label: Label
    where: Callable[[Any], Q]
    quiet: bool = False


class TabFilter(SimpleListFilter):
    """Restricts the list to the chosen tab. Not shown in the filter panel, because the tabs are shown above the
    list."""

    title = _("tab")
    parameter_name = "tab"
    template = "admin/tab_filter.html"

    def lookups(self, request: MemberRequest, model_admin: HasTabs) -> list[tuple[str, Label]]:
        self.user = request.user
        self.tabs = {tab.key: tab for tab in model_admin.get_tabs(request)}
        return [(tab.key, tab.label) for tab in self.tabs.values()]

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        tab = self.tabs.get(self.value() or "") or next(iter(self.tabs.values()))
        return queryset.filter(tab.where(self.user))


class ShownTab(TypedDict):
    """A tab for the template; `number` is its count as displayed."""

    key: str
    label: Label
    count: int
    number: int | str
    active: bool


def counted(tabs: list[Tab], rows: Rows, request: MemberRequest) -> list[ShownTab]:
    """The tabs with their counts, for the template. One query. Empty if there is only one visible tab."""
    chosen = request.GET.get("tab")
    if tabs and chosen not in {tab.key for tab in tabs}:
        chosen = tabs[0].key
    shown = [tab for tab in tabs if not tab.quiet or tab.key == chosen]
    if len(shown) < 2:
        return []
    limits = {tab.key: counts.LISTED for tab in shown if tab.key == chosen}
    numbers = counts.counts({tab.key: rows.filter(tab.where(request.user)) for tab in shown}, limits=limits)
    return [
        {
            "key": tab.key,
            "label": tab.label,
            "count": numbers[tab.key],
            "number": counts.shown(numbers[tab.key], most=limits.get(tab.key, counts.SHOWN)),
            "active": tab.key == chosen,
        }
        for tab in shown
    ]
