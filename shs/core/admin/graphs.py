"""Graphs of the dashboards: calculates the positions, axes, legend and table that the template draws."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple, TypedDict

from django.utils.formats import date_format

from shs.core.labels import Label as Text

STEPS = (1, 2, 5)


class Series(NamedTuple):
    """A series of values: `tone` (1–5) is its colour; `url` leads to the counted rows."""

    label: Text
    values: Sequence[float]
    tone: int
    url: str = ""

    @property
    def total(self) -> float:
        return sum(self.values)


class Label(NamedTuple):
    """The label of a column: `main`, below it `sub` (shown where it changes), and `full` for the table."""

    main: str
    sub: str
    full: str


class Tick(TypedDict):
    """A grid line: its value, and its height in percent."""

    value: str
    at: str


class Part(TypedDict):
    """The part of one series in a stacked column, with its height in percent."""

    tone: int
    value: float
    height: str


class Column(TypedDict):
    """A column; `words` describe its values."""

    label: Label
    parts: list[Part]
    words: str


class Point(TypedDict):
    """A point of a line, in percent of the width and height."""

    x: str
    y: str
    value: str


class TableRow(TypedDict):
    """The values of a column as a table row."""

    label: str
    values: list[str]


class Graph(NamedTuple):
    """`kind`: "bars" (stacked) or "line" (for measured values). `top`: the upper end of the axis, if it is fixed.
    `empty`: the text shown while there are no values."""

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
        """The upper end of the axis: the next round number above all columns."""
        if self.top:
            return self.top
        sums = [sum(values) for values in zip(*(series.values for series in self.series), strict=True)]
        return round_up(max(sums, default=0))

    @property
    def ticks(self) -> list[Tick]:
        """The grid lines from bottom to top: value, and height in percent."""
        parts = 5 if self.highest % 5 == 0 else 4 if self.highest % 4 == 0 else 2 if self.highest % 2 == 0 else 1
        return [{"value": f"{self.highest * at / parts:g}", "at": f"{100 * at / parts:.2f}"} for at in range(parts + 1)]

    @property
    def columns(self) -> list[Column]:
        """The columns from left to right: label, values, and the height of each part in percent."""
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
        """The points of a line from left to right, in percent; None-valued columns are left out."""
        width = 100 / max(1, len(self.labels))
        return [
            {"x": f"{(at + 0.5) * width:.2f}", "y": f"{100 - float(self._percent(value)):.2f}", "value": f"{value:g}"}
            for at, value in enumerate(self.series[0].values)
            if value
        ]

    @property
    def path(self) -> str:
        """The points in the format of an SVG polyline."""
        return " ".join(f"{point['x']},{point['y']}" for point in self.points)

    @property
    def rows(self) -> list[TableRow]:
        """The table rows: the label and the values of each column."""
        return [
            {"label": label.full, "values": [f"{series.values[at]:g}" for series in self.series]}
            for at, label in enumerate(self.labels)
        ]

    def _percent(self, value: float) -> str:
        return f"{100 * value / self.highest:.2f}" if self.highest else "0"


def round_up(value: float) -> float:
    """The next larger of the round numbers 5, 10, 20, 50, 100, …"""
    power = 1
    while True:
        for step in STEPS:
            if step * power >= max(value, 5):
                return step * power
        power *= 10


def days_back(last: date, count: int) -> list[date]:
    """The last `count` days in order, ending with `last`."""
    return [last - timedelta(days=back) for back in reversed(range(count))]


def weeks_back(last: date, count: int, first_weekday: int = 6) -> list[date]:
    """The first days of `count` weeks in order; the last week contains `last`. Weeks begin on Sunday."""
    start = last - timedelta(days=(last.weekday() - first_weekday) % 7)
    return [start - timedelta(weeks=back) for back in reversed(range(count))]


def months_back(last: date, count: int) -> list[date]:
    """The first days of `count` months in order; the last month contains `last`."""
    months = [last.year * 12 + last.month - 1 - back for back in reversed(range(count))]
    return [date(month // 12, month % 12 + 1, 1) for month in months]


def day_labels(days: Iterable[date]) -> list[Label]:
    """Labels with the day number, and the month below its first day."""
    found: list[Label] = []
    month = None
    for day in days:
        found.append(
            Label(str(day.day), date_format(day, "M") if day.month != month else "", date_format(day, "DATE_FORMAT"))
        )
        month = day.month
    return found


def month_labels(months: Iterable[date]) -> list[Label]:
    """Labels with the month name, and the year below January."""
    return [
        Label(
            date_format(month, "M"),
            str(month.year) if month.month == 1 else "",
            date_format(month, "YEAR_MONTH_FORMAT"),
        )
        for month in months
    ]
