"""What each person sees first: the dashboards of their duties, which the apps fill by their dashboard.py."""

from datetime import datetime
from functools import cache
from itertools import groupby
from typing import TypeAlias

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shs.core.admin.base import Context
from shs.core.admin.dashboards import Card, Dashboard, Panel, Shown, Widgets
from shs.core.admin.graphs import Graph
from shs.core.caller import MemberRequest
from shs.core.discovery import collect

AnyWidgets: TypeAlias = Widgets[MemberRequest]


@cache
def dashboards() -> list[tuple[Dashboard, list[AnyWidgets]]]:
    """The dashboards in their order, each with what the apps show on it."""
    widgets: list[AnyWidgets] = sorted(collect("dashboard"), key=lambda one: one.dashboard.order)
    return [(dashboard, list(group)) for dashboard, group in groupby(widgets, key=lambda one: one.dashboard)]


def dashboard(request: MemberRequest, context: Context) -> Context:
    """The dashboards of this user's duties. Who runs the system sees that one alone: it stands above the others."""
    context["title"] = _("Welcome, %(name)s") % {"name": request.user.get_short_name()}
    found: list[Shown] = []
    context["dashboards"] = found
    now = timezone.now()
    for each, widgets in dashboards():
        if request.user.has_perm(each.permission):
            found.append(_shown(each, widgets, request, now))
            if each.stands_alone:
                break
    return context


def _shown(dashboard: Dashboard, widgets: list[AnyWidgets], request: MemberRequest, now: datetime) -> Shown:
    found = sorted((item for one in widgets for item in one.build(request, now)), key=lambda item: item.order)
    return Shown(
        dashboard.title,
        [item for item in found if isinstance(item, Card)],
        [item for item in found if isinstance(item, Graph)],
        [item for item in found if isinstance(item, Panel)],
    )
