"""Growth curves of a child: what was measured, over the WHO's percentiles of that sex, with a table beside."""

from collections.abc import Collection
from typing import NamedTuple

from django.utils.translation import gettext as now_
from django.utils.translation import ngettext

from shs.core.dates import show_date
from shs.core.labels import Label
from shs.medical_record.drawing import LEFT, RIGHT, TOP, Dot, Scale, Tick, axis, points
from shs.medical_record.growth import LABELS, UNITS, Growth, growth_source, last_day, lms
from shs.medical_record.sign_table import Measured
from shs.medical_record.whose import DAYS_A_MONTH, Whose

BOTTOM, STEPS = 232, 40
PERCENTILES = ((-1.881, "3"), (-1.036, "15"), (0.0, "50"), (1.036, "85"), (1.881, "97"))
"""z-score of the percentiles that are drawn, as on the WHO's charts."""
SPANS = (6, 24, 60, 120, 228)
"""Months until which a chart reaches: the first that holds all measurements."""
LEAST = {"weight_kg": 4, "height_cm": 20, "bmi": 4}


class Reference(NamedTuple):
    """A percentile: its line, and where its name stands."""

    name: str
    points: str
    label: Tick


class Point(NamedTuple):
    """A measurement in the table beside the curve."""

    day: str
    age: str
    growth: Growth


class Curve(NamedTuple):
    """The growth curve of a measure, of 600 × 260 units."""

    title: Label
    unit: str
    references: list[Reference]
    points: str
    dots: list[Dot]
    ticks: list[Tick]
    ages: list[Tick]
    rows: list[Point]
    source: str
    words: str


def curves(measured: Collection[Measured]) -> list[Curve]:
    """A curve for weight, height and body mass index, where a z-score of any measurement is known."""
    found = []
    for measure in LABELS:
        rows = [(one, growth) for one in measured for growth in one.reading.growth if growth.measure == measure]
        rows = [(one, growth) for one, growth in rows if growth.z is not None]
        if rows:
            found.append(_curve(measure, sorted(rows, key=lambda row: row[0].at)))
    return found


def _curve(measure: str, rows: list[tuple[Measured, Growth]]) -> Curve:
    who = rows[-1][0].reading.whose
    first, last = _span(measure, who, [one.reading.whose.days or 0 for one, _growth in rows])
    across = Scale(first, last, LEFT, RIGHT - 24)
    steps = [round(first + (last - first) * at / STEPS) for at in range(STEPS + 1)]
    lines = {name: [(day, _at(measure, who.sex, day, z)) for day in steps] for z, name in PERCENTILES}
    values = [growth.value for _one, growth in rows] + [value for line in lines.values() for _day, value in line]
    least, most, marks = axis(values, LEAST[measure])
    up = Scale(least, most, BOTTOM, TOP)
    dots = [
        Dot(across.at(one.reading.whose.days or 0), up.at(growth.value), _words(one, growth)) for one, growth in rows
    ]
    return Curve(
        LABELS[measure],
        UNITS[measure],
        [_reference(name, line, across, up) for name, line in lines.items()],
        points(dots),
        dots,
        [Tick(up.at(mark), f"{mark:g}") for mark in marks],
        _ages(first, last, across),
        [Point(show_date(one.at), one.reading.whose.shown_age, growth) for one, growth in reversed(rows)],
        str(growth_source()),
        dots[-1].words,
    )


def _span(measure: str, who: Whose, days: list[int]) -> tuple[int, int]:
    """The first and the last day of a chart: from birth, or from 5 years if nothing was measured before."""
    months = next(span for span in SPANS if max(days) <= round(span * DAYS_A_MONTH) or span == SPANS[-1])
    first = round(60 * DAYS_A_MONTH) if min(days) >= round(60 * DAYS_A_MONTH) else 0
    return first, min(round(months * DAYS_A_MONTH), last_day(measure, who.sex))


def _at(measure: str, sex: str, day: int, z: float) -> float:
    found = lms(measure, sex, day)
    if found is None:
        raise ValueError(f"The WHO has no {measure} at {day} days.")
    return found.value(z)


def _reference(name: str, line: list[tuple[int, float]], across: Scale, up: Scale) -> Reference:
    drawn = [Dot(across.at(day), up.at(value), name) for day, value in line]
    return Reference(name, points(drawn), Tick(drawn[-1].y, name))


def _words(one: Measured, growth: Growth) -> str:
    said = now_("%(value)s %(unit)s at %(age)s, percentile %(percentile)s") % {
        "value": f"{growth.value:g}",
        "unit": growth.unit,
        "age": one.reading.whose.shown_age,
        "percentile": f"{growth.percentile:.0f}",
    }
    return f"{said}, {show_date(one.at)}"


def _ages(first: int, last: int, across: Scale) -> list[Tick]:
    """Ticks of the age axis: months until two years, then years."""
    months = round(last / DAYS_A_MONTH)
    start = round(first / DAYS_A_MONTH)
    step = 1 if months <= 6 else 4 if months <= 24 else 12 if months <= 60 else 24
    found = []
    for month in range(start, months + 1, step):
        if step < 12:
            label = ngettext("%(number)d month", "%(number)d months", month) % {"number": month}
        else:
            years = month // 12
            label = ngettext("%(number)d year", "%(number)d years", years) % {"number": years}
        found.append(Tick(across.at(month * DAYS_A_MONTH), label))
    return found
