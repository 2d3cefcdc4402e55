"""The table of vital signs: what was measured, what it means, and the ranges of the latest age."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple, TypedDict

from shs.core.labels import Label
from shs.medical_record.grades import Grading
from shs.medical_record.growth import Growth
from shs.medical_record.models import MedicalRecord
from shs.medical_record.observed import observed_words
from shs.medical_record.ranges import Range, range_for
from shs.medical_record.readings import Reading, read_signs
from shs.medical_record.scores import Score
from shs.medical_record.vital_signs import SIGNS, Sign
from shs.medical_record.whose import whose
from shs.users.models import User


class Measured(NamedTuple):
    """An entry with what its vital signs mean."""

    entry: MedicalRecord
    reading: Reading

    @property
    def at(self) -> datetime:
        """When they were measured."""
        return self.entry.recorded_at

    @property
    def signs(self) -> dict[str, float]:
        """The values."""
        return self.entry.signs


def read_entry(entry: MedicalRecord, patient: User | None = None) -> Measured:
    """What the vital signs of an entry mean; `patient`, or that of the entry, with the profile."""
    who = whose(patient or entry.patient, entry.recorded_at, entry.observed)
    return Measured(entry, read_signs(entry.vital_signs, whose=who, observed=entry.observed))


class Cell(NamedTuple):
    """A value with its grade, None for a sign without one, and why it is asked back."""

    value: float | None
    grade: Grading | None = None
    doubt: Label = ""

    @property
    def shown(self) -> str:
        """The value without needless zeros; a dash if it was not measured."""
        return "–" if self.value is None else f"{self.value:g}"


class Column(NamedTuple):
    """A sign that was measured, with the usual range of the latest age in words."""

    sign: Sign
    usual: Label


class Measurement(TypedDict):
    """A row of the table."""

    at: datetime
    cells: list[Cell]
    score: Score | None
    growth: list[Growth]
    observed: list[tuple[Label, Label]]
    ungraded: list[Grading]


class Measurements(TypedDict):
    """The table of vital signs: a column for each sign that was measured; `sources` are those of all grades shown."""

    columns: list[Column]
    rows: list[Measurement]
    has_observed: bool
    has_scores: bool
    has_growth: bool
    sources: list[str]


def table_of(measured: Collection[Measured]) -> Measurements:
    """The latest measurements first."""
    used = [sign for sign in SIGNS.values() if any(sign.name in one.signs for one in measured)]
    latest = next(iter(measured), None)
    rows = [_row(one, used) for one in measured]
    found = {
        str(source) for one in measured for grade in one.reading.grades if grade.range for source in grade.range.sources
    }
    found |= {str(row["score"].source) for row in rows if row["score"]}
    found |= {str(growth.source) for row in rows for growth in row["growth"] if growth.source}
    return {
        "columns": [
            Column(sign, usual_words(range_for(sign.name, latest.reading.whose)) if latest else "") for sign in used
        ],
        "rows": rows,
        "has_observed": any(row["observed"] for row in rows),
        "has_scores": any(row["score"] for row in rows),
        "has_growth": any(row["growth"] for row in rows),
        "sources": sorted(found),
    }


def _row(one: Measured, used: list[Sign]) -> Measurement:
    graded = {grade.sign.name: grade for grade in one.reading.grades}
    doubts = one.reading.improbable
    cells = [Cell(one.signs.get(sign.name), graded.get(sign.name), doubts.get(sign.name, "")) for sign in used]
    return {
        "at": one.at,
        "cells": cells,
        "score": one.reading.score,
        "growth": one.reading.growth,
        "observed": observed_words(one.entry.observed),
        "ungraded": [grade for grade in one.reading.grades if grade.because],
    }


def usual_words(found: Range | None) -> str:
    """The usual range, such as "101–129", "from 96" as "≥ 96"; empty if none was read."""
    if found is None:
        return ""
    low, high = found.usual_from, found.usual_to
    if low and high:
        return f"{low.value:g}–{high.value:g}"
    if low:
        return f"≥ {low.value:g}"
    return f"≤ {high.value:g}" if high else ""
