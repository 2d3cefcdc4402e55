"""Graphs of vital signs: with units, the usual range as a band, and axes on which a small difference looks small."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from shs.core.dates import show_date
from shs.core.labels import Label
from shs.medical_record.drawing import LEFT, RIGHT, TOP, Box, Dot, Scale, Tick, axis, points
from shs.medical_record.grades import Grade
from shs.medical_record.ranges import range_for
from shs.medical_record.sign_table import Measured
from shs.medical_record.vital_signs import SIGNS, Sign

BOTTOM = 132


class Line(NamedTuple):
    """A line of a graph: `points` for SVG's polyline."""

    label: Label
    points: str
    dots: list[Dot]
    dashed: bool


class Graph(NamedTuple):
    """One graph of 600 × 160 units: lines, bands of the usual range, ticks of the values and of the days."""

    title: Label
    unit: Label
    lines: list[Line]
    bands: list[Box]
    ticks: list[Tick]
    days: list[Tick]
    words: str


DRAWN = (
    (_("Blood pressure"), ("systolic_mmhg", "diastolic_mmhg")),
    (_("Pulse"), ("pulse_bpm",)),
    (_("Respiratory rate"), ("respiratory_rate",)),
    (_("Temperature"), ("temperature_c",)),
    (_("Oxygen saturation"), ("spo2_percent",)),
    (_("Weight"), ("weight_kg",)),
)


def graphs(measured: Collection[Measured]) -> list[Graph]:
    """A graph of each sign that was measured at least twice."""
    found = []
    for title, names in DRAWN:
        rows = sorted((one for one in measured if any(name in one.signs for name in names)), key=lambda one: one.at)
        if len(rows) > 1:
            found.append(_graph(title, [SIGNS[name] for name in names if any(name in e.signs for e in rows)], rows))
    return found


def _graph(title: Label, signs: list[Sign], rows: list[Measured]) -> Graph:
    values = [one.signs[sign.name] for one in rows for sign in signs if sign.name in one.signs]
    least, most, marks = axis(values, signs[0].span, limit=signs[0].possible[1])
    up = Scale(least, most, BOTTOM, TOP)
    across = _across(rows[0].at, rows[-1].at)
    lines = [_line(sign, rows, across, up, dashed=at > 0) for at, sign in enumerate(signs)]
    return Graph(
        title,
        signs[0].unit_label,
        lines,
        [band for sign in signs for band in _bands(sign, rows, across, up)],
        [Tick(up.at(mark), f"{mark:g}") for mark in marks],
        days_of([one.at for one in rows]),
        "; ".join(f"{line.label}: {line.dots[0].words} – {line.dots[-1].words}" for line in lines),
    )


def _across(first: datetime, last: datetime) -> Scale:
    start, end = first.timestamp(), last.timestamp()
    return Scale(start, max(end, start + 1), LEFT, RIGHT)


def _line(sign: Sign, rows: list[Measured], across: Scale, up: Scale, *, dashed: bool) -> Line:
    dots = []
    for one in rows:
        value = one.signs.get(sign.name)
        if value is None:
            continue
        critical = any(grade.sign == sign and grade.grade == Grade.CRISIS for grade in one.reading.grades)
        words = f"{value:g} {sign.unit_label}, {show_date(one.at)}"
        dots.append(Dot(across.at(one.at.timestamp()), up.at(value), words, critical))
    return Line(sign.label, points(dots), dots, dashed)


def _bands(sign: Sign, rows: list[Measured], across: Scale, up: Scale) -> list[Box]:
    """The usual range at the age of each measurement, until the next one."""
    found: list[Box] = []
    for at, one in enumerate(rows):
        usual = range_for(sign.name, one.reading.whose)
        if usual is None or not (usual.usual_from or usual.usual_to):
            continue
        low = up.at(usual.usual_from.value) if usual.usual_from else up.start
        high = up.at(usual.usual_to.value) if usual.usual_to else up.end
        left = across.at(one.at.timestamp())
        right = across.at(rows[at + 1].at.timestamp()) if at + 1 < len(rows) else left
        if found and (found[-1].y, found[-1].height) == (high, round(low - high, 1)):
            found[-1] = found[-1]._replace(width=round(right - found[-1].x, 1))
        elif right > left and low > high:
            found.append(Box(left, high, round(right - left, 1), round(low - high, 1)))
    return found


def days_of(times: list[datetime]) -> list[Tick]:
    """The first and the last day, and one between them, where there is one."""
    across = _across(times[0], times[-1])
    middle = (times[0].timestamp() + times[-1].timestamp()) / 2
    between = min(times, key=lambda at: abs(at.timestamp() - middle))
    chosen = dict.fromkeys((times[0], between, times[-1]))
    days = [Tick(across.at(at.timestamp()), show_date(at)) for at in chosen]
    is_free = len(days) == 3 and days[0].at + 150 < days[1].at < days[2].at - 150
    return days if is_free or len(days) < 3 else [days[0], days[2]]
