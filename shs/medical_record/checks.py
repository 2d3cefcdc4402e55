"""`manage.py check` of the rules in `reference/`: it refuses a range without a source, a gap, and an overlap."""

import math
from collections.abc import Iterator
from itertools import pairwise

from django.core import checks

from shs.medical_record.growth import MEASURES, curves_of_who
from shs.medical_record.ranges import (
    GROUPS,
    Range,
    Table,
    improbable_outside,
    numbers,
    possible,
    ranges,
    ranges_of,
    rows,
    table_of,
)
from shs.medical_record.scores import rules
from shs.medical_record.vital_signs import SIGNS
from shs.medical_record.whose import GROWN_MONTHS

FIRST_YEAR = 1990
LEAST_BANDS = 8
"""So many bands of age the children's ranges of pulse, breaths and systolic pressure have at least."""
BY_AGE = ("pulse_bpm", "respiratory_rate", "systolic_mmhg")


@checks.register
def rules_of_vital_signs_hold(**kwargs: object) -> list[checks.CheckMessage]:
    """Reports what is wrong with the rules of vital signs."""
    try:
        problems = [*_of_ranges(ranges()), *_of_possible(), *_of_scores(), *_of_growth()]
    except (KeyError, TypeError, ValueError) as error:
        problems = [f"cannot be read: {error!r}"]
    return [checks.Error(f"medical_record/reference: {problem}", id="shs.E047") for problem in problems]


def _of_ranges(found: tuple[Range, ...]) -> Iterator[str]:
    for one in found:
        name = f"{one.sign} of {one.who} from {one.months[0]} months"
        if one.sign not in SIGNS:
            yield f"{name}: the sign is not known"
        if one.who not in GROUPS:
            yield f"{name}: nobody is {one.who!r}"
        if one.months[0] >= one.months[1]:
            yield f"{name}: ends before it begins"
        if not (one.usual_from or one.usual_to):
            yield f"{name}: says nothing of what is usual"
        bounds = [one.crisis_to, one.usual_from, one.usual_to, one.crisis_from]
        values = [bound.value for bound in bounds if bound]
        if values != sorted(set(values)):
            yield f"{name}: its bounds are not in order"
        if any(not source.name.strip() or source.year < FIRST_YEAR for source in one.sources):
            yield f"{name}: a source has no name or no year"
    yield from _overlaps(found)
    yield from _gaps()


def _overlaps(found: tuple[Range, ...]) -> Iterator[str]:
    for one in found:
        for other in found:
            same = one is not other and one[:2] == other[:2] and one.scale == other.scale
            if same and one.months[0] <= other.months[0] < one.months[1]:
                yield f"{one.sign} of {one.who}: two ranges at {other.months[0]} months"


def _gaps() -> Iterator[str]:
    for name in BY_AGE:
        bands = sorted(one.months for one in ranges_of(name) if one.who == "child")
        if len(bands) < LEAST_BANDS:
            yield f"{name}: {len(bands)} bands of age, of at least {LEAST_BANDS}"
        ends = [0, *(end for _start, end in bands)]
        if [start for start, _end in bands] != ends[:-1] or ends[-1] != GROWN_MONTHS:
            yield f"{name}: the bands of children leave a gap between birth and {GROWN_MONTHS} months"


def _of_possible() -> Iterator[str]:
    for sign in SIGNS.values():
        for months in range(GROWN_MONTHS + 1):
            low, high = possible(sign.name, months, sign.possible)
            if not sign.possible[0] <= low < high <= sign.possible[1]:
                yield f"{sign.name}: what is possible at {months} months is wider than at every age"
                break
    yield from (f"{name}: nobody measures that" for name in improbable_outside() if name not in {*SIGNS, "bmi"})


def _of_scores() -> Iterator[str]:
    for name in ("news2", "pews", "bmi", "growth"):
        rule = rules(name)
        if not str(rule.get("source", "")).strip() or int(str(rule.get("year", 0))) < FIRST_YEAR:
            yield f"{name}: has no source with its year"
    for sign, lines in table_of(rules("news2")["points"]).items():
        yield from _holes(f"news2.{sign}", lines, step=0.1 if sign == "temperature_c" else 1)
    ages: list[Table] = rows(rules("pews"), "age")
    spans = [numbers(row["months"]) for row in ages]
    if [start for start, _end in spans] != [0, *(end for _start, end in spans[:-1])] or spans[-1][1] < GROWN_MONTHS:
        yield "pews: its ages leave a gap"


def _holes(name: str, lines: object, *, step: float) -> Iterator[str]:
    """Points that leave a value out."""
    if not isinstance(lines, list):
        raise TypeError(f"{name} is a list of lines.")
    spans = [numbers(line)[1:] for line in lines]
    for (_low, high), (low, _high) in pairwise(spans):
        if not math.isclose(high + step, low):
            yield f"{name}: from {high} to {low} there are no points"


def _of_growth() -> Iterator[str]:
    for measure in MEASURES.values():
        for sex in ("female", "male"):
            days, values = curves_of_who()[measure, sex]
            if days != sorted(set(days)) or days[0] != 0:
                yield f"growth.csv: {measure} of {sex} is not in order from birth"
            if any(one.m <= 0 or one.s <= 0 for one in values):
                yield f"growth.csv: {measure} of {sex} has a median or a variation that is not positive"
