"""What each person sees first: the dashboards of their duties, which the apps fill by their dashboard.py."""

from datetime import datetime
from functools import cache
from itertools import groupby
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shs.core.admin.dashboards import Card, Dashboard, Panel, Shown, Widgets
from shs.core.admin.graphs import Graph
from shs.core.discovery import collect


@cache
def dashboards() -> list[tuple[Dashboard, list[Widgets]]]:
    """The dashboards in their order, each with what the apps show on it."""
    widgets = sorted(collect("dashboard"), key=lambda one: one.dashboard.order)
    return [(dashboard, list(group)) for dashboard, group in groupby(widgets, key=lambda one: one.dashboard)]


def dashboard(request: Any, context: dict[str, Any]) -> dict[str, Any]:
    """The dashboards of this user's duties. Who runs the system sees that one alone: it stands above the others."""
    context["title"] = _("Welcome, %(name)s") % {"name": request.user.get_short_name()}
    context["dashboards"] = []
    now = timezone.now()
    for each, widgets in dashboards():
        if request.user.has_perm(each.permission):
            context["dashboards"].append(_shown(each, widgets, request, now))
            if each.stands_alone:
                break
    return context


def _shown(dashboard: Dashboard, widgets: list[Widgets], request: Any, now: datetime) -> Shown:
    found = sorted((item for one in widgets for item in one.build(request, now)), key=lambda item: item.order)
    return Shown(
        dashboard.title,
        [item for item in found if isinstance(item, Card)],
        [item for item in found if isinstance(item, Graph)],
        [item for item in found if isinstance(item, Panel)],
    )
