"""Tabs above a list: named parts of it, with counts; the first one is what the page opens with."""

from collections.abc import Callable
from typing import Any, NamedTuple

from django.contrib.admin import SimpleListFilter
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _


class Tab(NamedTuple):
    """A part of a list: `where(user)` says which rows."""

    key: str
    label: Any
    where: Callable[[Any], Q]


class TabFilter(SimpleListFilter):
    """Cuts the list to the chosen tab. It has no place in the filter panel: the tabs are shown above the list."""

    title = _("tab")
    parameter_name = "tab"
    template = "admin/tab_filter.html"

    def lookups(self, request, model_admin):
        self.user = request.user
        self.tabs = {tab.key: tab for tab in model_admin.get_tabs(request)}
        return [(tab.key, tab.label) for tab in self.tabs.values()]

    def queryset(self, request, queryset):
        tab = self.tabs.get(self.value() or "") or next(iter(self.tabs.values()))
        return queryset.filter(tab.where(self.user))


def counted(tabs: list[Tab], rows: Any, request: Any) -> list[dict[str, Any]]:
    """The tabs as the template shows them: key, label, count, whether it is the open one. One query."""
    numbers = rows.order_by().aggregate(**{tab.key: Count("pk", filter=tab.where(request.user)) for tab in tabs})
    chosen = request.GET.get("tab")
    if chosen not in numbers:
        chosen = tabs[0].key
    return [
        {"key": tab.key, "label": tab.label, "count": numbers[tab.key], "active": tab.key == chosen} for tab in tabs
    ]
