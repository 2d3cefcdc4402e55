"""Graphs of the dashboards: numbers in, and what the template needs to draw them with axes, a legend and a table."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple, TypedDict

from django.utils.formats import date_format

from shs.core.labels import Label as Text

STEPS = (1, 2, 5)


class Series(NamedTuple):
    """One colour of a graph: `tone` 1–5 names it; `url` leads to the rows that it counts."""

    label: Text
    values: Sequence[float]
    tone: int
    url: str = ""

    @property
    def total(self) -> float:
        return sum(self.values)


class Label(NamedTuple):
    """What stands under a column: `main`, below it `sub` where it changes; `full` in the table."""

    main: str
    sub: str
    full: str


class Tick(TypedDict):
    """A line of the axis: the number, and its height in percent."""

    value: str
    at: str


class Part(TypedDict):
    """What one series adds to a column, with its height in percent."""

    tone: int
    value: float
    height: str


class Column(TypedDict):
    """One column; `words` say its values."""

    label: Label
    parts: list[Part]
    words: str


class Point(TypedDict):
    """One point of a line, in percent of the width and the height."""

    x: str
    y: str
    value: str


class TableRow(TypedDict):
    """One column as a row of the table."""

    label: str
    values: list[str]


class Graph(NamedTuple):
    """`kind`: "bars", stacked, or "line", for values that are no counts. `top`: the end of the axis, where it is known;
    `empty`: what the graph will show, where it has nothing to show yet."""

    title: Text
    labels: Sequence[Label]
    series: Sequence[Series]
    empty: Text
    kind: str = "bars"
    top: float = 0
    note: Text = ""
    order: int = 0

    @property
    def is_empty(self) -> bool:
        return not any(value for series in self.series for value in series.values)

    @property
    def highest(self) -> float:
        """The end of the axis: a round number that no column exceeds."""
        if self.top:
            return self.top
        sums = [sum(values) for values in zip(*(series.values for series in self.series), strict=True)]
        return round_up(max(sums, default=0))

    @property
    def ticks(self) -> list[Tick]:
        """The lines of the axis from the bottom up: the number, and its height in percent."""
        parts = 5 if self.highest % 5 == 0 else 4 if self.highest % 4 == 0 else 2 if self.highest % 2 == 0 else 1
        return [{"value": f"{self.highest * at / parts:g}", "at": f"{100 * at / parts:.2f}"} for at in range(parts + 1)]

    @property
    def columns(self) -> list[Column]:
        """The columns from the left: label, its values, and the height of each part in percent."""
        found: list[Column] = []
        for at, label in enumerate(self.labels):
            parts: list[Part] = [
                {"tone": series.tone, "value": series.values[at], "height": self._percent(series.values[at])}
                for series in self.series
            ]
            words = ", ".join(f"{series.label}: {series.values[at]:g}" for series in self.series if series.values[at])
            found.append({"label": label, "parts": parts, "words": f"{label.full} · {words or '0'}"})
        return found

    @property
    def points(self) -> list[Point]:
        """The points of a line from the left, in percent; a column without a value has none."""
        width = 100 / max(1, len(self.labels))
        return [
            {"x": f"{(at + 0.5) * width:.2f}", "y": f"{100 - float(self._percent(value)):.2f}", "value": f"{value:g}"}
            for at, value in enumerate(self.series[0].values)
            if value
        ]

    @property
    def path(self) -> str:
        """The points as an SVG polyline has them."""
        return " ".join(f"{point['x']},{point['y']}" for point in self.points)

    @property
    def rows(self) -> list[TableRow]:
        """The table: for each column its label and its values."""
        return [
            {"label": label.full, "values": [f"{series.values[at]:g}" for series in self.series]}
            for at, label in enumerate(self.labels)
        ]

    def _percent(self, value: float) -> str:
        return f"{100 * value / self.highest:.2f}" if self.highest else "0"


def round_up(value: float) -> float:
    """The next number that an axis can end with: 5, 10, 20, 50, 100 …"""
    power = 1
    while True:
        for step in STEPS:
            if step * power >= max(value, 5):
                return step * power
        power *= 10


def days_back(last: date, count: int) -> list[date]:
    """`count` days in order, of which `last` is the last."""
    return [last - timedelta(days=back) for back in reversed(range(count))]


def weeks_back(last: date, count: int, first_weekday: int = 6) -> list[date]:
    """The first days of `count` weeks in order, of which the last holds `last`; a week begins on a Sunday."""
    start = last - timedelta(days=(last.weekday() - first_weekday) % 7)
    return [start - timedelta(weeks=back) for back in reversed(range(count))]


def months_back(last: date, count: int) -> list[date]:
    """The first days of `count` months in order, of which the last holds `last`."""
    months = [last.year * 12 + last.month - 1 - back for back in reversed(range(count))]
    return [date(month // 12, month % 12 + 1, 1) for month in months]


def day_labels(days: Iterable[date]) -> list[Label]:
    """The number of the day, and under it the month where it begins."""
    found: list[Label] = []
    month = None
    for day in days:
        found.append(
            Label(str(day.day), date_format(day, "M") if day.month != month else "", date_format(day, "DATE_FORMAT"))
        )
        month = day.month
    return found


def month_labels(months: Iterable[date]) -> list[Label]:
    """The name of the month, and under January the year."""
    return [
        Label(
            date_format(month, "M"),
            str(month.year) if month.month == 1 else "",
            date_format(month, "YEAR_MONTH_FORMAT"),
        )
        for month in months
    ]
