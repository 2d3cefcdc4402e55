"""The parts of dashboards. The numbers are row counts of tabs of a list, counted by the list's own screen and linked to
that tab, so that the dashboard and the list always show the same number."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from copy import copy
from datetime import date, datetime
from itertools import pairwise
from typing import Generic, NamedTuple, TypeVar, cast

from django.contrib import admin
from django.db.models import Count, Model, Value
from django.db.models.functions import TruncDate

from shs.core import counts
from shs.core.admin.addresses import list_of
from shs.core.admin.graphs import Graph
from shs.core.admin.rights import Rows
from shs.core.admin.screen import Screen
from shs.core.caller import MemberRequest
from shs.core.dates import midnight
from shs.core.labels import Label

ROWS = 6
"""How many rows a panel shows."""


class Card(NamedTuple):
    """A number that links to a page. `listed` is the number of rows of that page if `value` is something else (None:
    the page is not a list). Cards are sorted by `order`, lowest first."""

    title: Label
    value: int | Label
    url: str
    note: Label = ""
    is_late: bool = False
    listed: int | None = None
    order: int = 0


class Panel(NamedTuple):
    """A short table of links; each row is (title, detail, url, is_late). `url`: the list with all of them, if there is
    one."""

    title: Label
    rows: Sequence[tuple[Label, Label, str, bool]]
    empty: Label
    order: int = 0
    url: str = ""


class Next(NamedTuple):
    """What to do next: `button` opens `url`. Of several on one dashboard the one with the lowest `order` is shown."""

    title: Label
    detail: Label
    button: Label
    url: str
    is_late: bool = False
    order: int = 0


class Dashboard(NamedTuple):
    """A dashboard for users with `permission`. Dashboards are sorted by `order`, lowest first; one that `is_alone`
    hides all that follow it. One that `is_day` shows its panels, the visits of the day, before its numbers."""

    title: Label
    permission: str
    order: int
    is_alone: bool = False
    is_day: bool = False


Widget = Card | Graph | Next | Panel


Asker = TypeVar("Asker", bound=MemberRequest)


class Widgets(NamedTuple, Generic[Asker]):
    """Widgets that an app adds to a dashboard, its own or another app's. Each app lists its `widgets` in its
    dashboard.py; `build(request, now)` returns them."""

    dashboard: Dashboard
    build: Callable[[Asker, datetime], list[Widget]]


class Shown(NamedTuple):
    """A dashboard for the template: what to do next, then numbers, graphs and panels; with `is_day` the panels come
    before the numbers."""

    title: Label
    is_day: bool
    next: Next | None
    cards: list[Card]
    graphs: list[Graph]
    panels: list[Panel]


BESIDE = "beside:"


class Numbers:
    """The number of rows in some tabs of a model's list for this user, each counted up to `counts.SHOWN`, those in
    `exact` completely. One query, which also counts those `beside`: each a tab of another model's list."""

    beside: dict[type[Model], "Numbers"]

    def __init__(
        self,
        request: MemberRequest,
        model: type[Model],
        *keys: str,
        exact: Collection[str] = (),
        beside: Mapping[type[Model], str] | None = None,
    ):
        parts, others = _parts(request, model, keys), dict(beside or {})
        for other, key in others.items():
            parts[f"{BESIDE}{other._meta.label}"] = _parts(request, other, [key])[key]
        self.url = list_of(model)
        self.found = counts.counts(parts, exact=exact)
        self.beside = {other: copy(self) for other in others}
        for other, numbers in self.beside.items():
            found = self.found.pop(f"{BESIDE}{other._meta.label}")
            numbers.url, numbers.found = list_of(other), {others[other]: found}

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
        """A card with the number of rows in the tab `key`; with `value`, that is shown instead, and the number is
        `listed`."""
        count = self.found[key]
        shown = counts.shown(count) if value is None else value
        return Card(title, shown, f"{self.url}?tab={key}", note, is_late, count, order)


def _parts(request: MemberRequest, model: type[Model], keys: Collection[str]) -> dict[str, Rows]:
    screen = screen_of(model)
    rows = screen.get_queryset(request)
    return {tab.key: rows.filter(tab.where(request.user)) for tab in screen.get_tabs(request) if tab.key in keys}


def screen_of(model: type[Model]) -> Screen:
    """The registered screen of a model."""
    return cast(Screen, admin.site.get_model_admin(model))


def share(part: int, whole: int) -> str:
    """`part` as a percentage of `whole`."""
    return f"{100 * part / whole:.1f}%" if whole else "–"


def per_period(rows: Rows, instant: str, group: str, days: Sequence[date]) -> Counter[tuple[date, str]]:
    """Counts `rows` by (first day of the period, group); each of `days` starts a period that ends before the next one,
    in the clinic's time zone. One query, which uses the index of `instant` for each period."""
    parts = []
    for at, (first, last) in enumerate(pairwise(days)):
        within = rows.filter(**{f"{instant}__gte": midnight(first), f"{instant}__lt": midnight(last)}).order_by()
        parts.append(within.values_list(group).annotate(period=Value(at), n=Count("pk")))
    found = parts[0].union(*parts[1:], all=True)
    return Counter({(days[at], value): number for value, at, number in found})


def per_day(rows: Rows, instant: str, group: str, first: date) -> Counter[tuple[date, str]]:
    """Counts `rows` by (day, group) from the day `first` on, in the clinic's time zone. One query."""
    found = rows.filter(**{f"{instant}__gte": midnight(first)}).order_by()
    found = found.annotate(day=TruncDate(instant)).values_list("day", group).annotate(n=Count("pk"))
    return Counter({(day, value): number for day, value, number in found})
