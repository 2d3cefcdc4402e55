"""What dashboards are made of. A number is the count of a named part (a tab) of a list, by the list's own screen, and
links to it: the two cannot disagree."""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime, time
from itertools import pairwise
from typing import Generic, NamedTuple, TypeVar, cast

from django.contrib import admin
from django.db.models import Count, Model, Value
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils import timezone

from shs.core import counts
from shs.core.admin.graphs import Graph
from shs.core.admin.rights import Rows
from shs.core.admin.screen import Screen
from shs.core.caller import MemberRequest
from shs.core.labels import Label

ROWS = 6
"""So many rows a panel shows."""


class Card(NamedTuple):
    """One number and the page behind it. `listed`: how many rows that page lists, where the number itself is another;
    None where the page is no list. The lowest `order` stands first."""

    title: Label
    value: int | Label
    url: str
    note: Label = ""
    is_late: bool = False
    listed: int | None = None
    order: int = 0


class Panel(NamedTuple):
    """A few rows, each with a link: (title, detail, url, is_late)."""

    title: Label
    rows: Sequence[tuple[Label, Label, str, bool]]
    empty: Label
    order: int = 0


class Dashboard(NamedTuple):
    """What those who hold `permission` see first. The lowest `order` stands first; one that `stands_alone` hides those
    that would stand below it."""

    title: Label
    permission: str
    order: int
    stands_alone: bool = False


Widget = Card | Graph | Panel


Asker = TypeVar("Asker", bound=MemberRequest)


class Widgets(NamedTuple, Generic[Asker]):
    """What an app shows on a dashboard, its own or that of an app before it. An app lists its `widgets` in its
    dashboard.py; `build(request, now)` makes them."""

    dashboard: Dashboard
    build: Callable[[Asker, datetime], list[Widget]]


class Shown(NamedTuple):
    """A dashboard as the template shows it: cards above, graphs and panels below."""

    title: Label
    cards: list[Card]
    graphs: list[Graph]
    panels: list[Panel]


class Numbers:
    """How many rows some tabs of a model's list hold for this user, each counted up to `counts.SHOWN` except for those
    named in `exact`. One query."""

    def __init__(self, request: MemberRequest, model: type[Model], *keys: str, exact: Collection[str] = ()):
        screen = screen_of(model)
        rows = screen.get_queryset(request)
        parts = {tab.key: rows.filter(tab.where(request.user)) for tab in screen.get_tabs(request) if tab.key in keys}
        self.url = list_of(model)
        self.found = counts.counts(parts, exact=exact)

    def __getitem__(self, key: str) -> int:
        return self.found[key]

    def card(
        self,
        key: str,
        title: Label,
        note: Label = "",
        *,
        is_late: bool = False,
        value: Label | None = None,
        order: int = 0,
    ) -> Card:
        """The number of rows in the tab `key`, or `value` with that number behind it."""
        count = self.found[key]
        shown = counts.shown(count) if value is None else value
        return Card(title, shown, f"{self.url}?tab={key}", note, is_late, count, order)


def screen_of(model: type[Model]) -> Screen:
    """The screen of a model."""
    return cast(Screen, admin.site.get_model_admin(model))


def list_of(model: type[Model]) -> str:
    """The list of a model."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def page_of(row: Model) -> str:
    """The page of a row."""
    return screen_of(type(row)).url_of(row)


def midnight(day: date) -> datetime:
    """The beginning of a day in the clinic's zone."""
    return timezone.make_aware(datetime.combine(day, time.min))


def share(part: int, whole: int) -> str:
    """A part of a whole in percent."""
    return f"{100 * part / whole:.1f}%" if whole else "–"


def per_period(rows: Rows, instant: str, group: str, days: Sequence[date]) -> Counter[tuple[date, str]]:
    """(day, group) → how many of `rows`, from each of `days` until before the next one, in the clinic's zone. One
    query, which reads each period by the index of `instant`."""
    parts = []
    for at, (first, last) in enumerate(pairwise(days)):
        within = rows.filter(**{f"{instant}__gte": midnight(first), f"{instant}__lt": midnight(last)}).order_by()
        parts.append(within.values_list(group).annotate(period=Value(at), n=Count("pk")))
    found = parts[0].union(*parts[1:], all=True)
    return Counter({(days[at], value): number for value, at, number in found})


def per_day(rows: Rows, instant: str, group: str, first: date) -> Counter[tuple[date, str]]:
    """(day, group) → how many of `rows`, from the day `first` on, in the clinic's zone. One query."""
    found = rows.filter(**{f"{instant}__gte": midnight(first)}).order_by()
    found = found.annotate(day=TruncDate(instant)).values_list("day", group).annotate(n=Count("pk"))
    return Counter({(day, value): number for day, value, number in found})
