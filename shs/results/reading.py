"""The values of a patient over time."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from django.urls import reverse

from shs.medical_record.measured import Latest
from shs.results.analytes import ANALYTES, Analyte
from shs.results.models import ResultValue, Status
from shs.users.models import User

MOST = 50
"""The most values of one analyte in a trend."""


def latest(patient: User, code: str) -> Latest | None:
    """The latest value of `patient` with this code, in its stored unit. It counts from its entry on, before a doctor
    has reviewed it, but not once it was entered in error."""
    rows = ResultValue.objects.filter(result__patient=patient, code=code)
    rows = rows.exclude(result__status=Status.ENTERED_IN_ERROR).order_by("-result__taken_on", "-pk")
    row = rows.values("value", "result", "result__taken_on").first()
    if row is None:
        return None
    url = reverse("admin:results_result_change", args=(row["result"],))
    return Latest(row["value"], ANALYTES[code].stored.name, row["result__taken_on"], url, row["result"])


class Point(NamedTuple):
    """One value of a trend, in the stored unit."""

    day: date
    value: ResultValue


class Trend(NamedTuple):
    """The values of one analyte, oldest first."""

    analyte: Analyte
    points: list[Point]


def trends(values: Iterable[ResultValue]) -> list[Trend]:
    """The values, read with their `result`, by analyte in the order of ANALYTES; at most the MOST latest of each."""
    found: dict[str, list[Point]] = {code: [] for code in ANALYTES}
    for value in values:
        found[value.code].append(Point(value.result.taken_on, value))
    return [
        Trend(ANALYTES[code], sorted(points, key=lambda point: (point.day, point.value.pk))[-MOST:])
        for code, points in found.items()
        if points
    ]
