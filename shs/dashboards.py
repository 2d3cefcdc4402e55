"""The start page: the dashboards of the user's duties, composed of each app's dashboard.py."""

from datetime import datetime
from functools import cache
from itertools import groupby
from typing import TypeAlias

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shs.core.admin.base import Context
from shs.core.admin.dashboards import Card, Dashboard, Next, Panel, Shown, Widgets
from shs.core.admin.graphs import Graph
from shs.core.caller import MemberRequest
from shs.core.discovery import collect
from shs.core.grants.table import holds

AnyWidgets: TypeAlias = Widgets[MemberRequest]


@cache
def dashboards() -> list[tuple[Dashboard, list[AnyWidgets]]]:
    """The dashboards in their order, each with the widgets of all apps."""
    widgets: list[AnyWidgets] = sorted(collect("dashboard"), key=lambda one: one.dashboard.order)
    return [(dashboard, list(group)) for dashboard, group in groupby(widgets, key=lambda one: one.dashboard)]


def dashboard(request: MemberRequest, context: Context) -> Context:
    """The dashboards of this user's duties. Users who run the system see only that one, because it comes first and is
    alone."""
    context["title"] = _("Welcome, %(name)s") % {"name": request.user.get_short_name()}
    found: list[Shown] = []
    context["dashboards"] = found
    now = timezone.now()
    for each, widgets in dashboards():
        if holds(request.user, each.permission):
            found.append(_shown(each, widgets, request, now))
            if each.is_alone:
                break
    return context


def _shown(dashboard: Dashboard, widgets: list[AnyWidgets], request: MemberRequest, now: datetime) -> Shown:
    found = sorted((item for one in widgets for item in one.build(request, now)), key=lambda item: item.order)
    steps = [item for item in found if isinstance(item, Next)]
    return Shown(
        dashboard.title,
        dashboard.is_day,
        steps[0] if steps else None,
        [item for item in found if isinstance(item, Card)],
        [item for item in found if isinstance(item, Graph)],
        [item for item in found if isinstance(item, Panel)],
    )
