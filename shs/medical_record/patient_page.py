"""The content of the patient page: personal data, allergies, timeline, vital signs, and who has access.

Another app adds a section: it appends a function to PATIENT_SECTIONS.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple, TypedDict

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shs.appointment.models import Appointment
from shs.core.labels import Label
from shs.medical_record.access import Access, who_can_see
from shs.medical_record.models import Kind, MedicalRecord, Status
from shs.medical_record.permissions import OPENING_VISITS
from shs.medical_record.vital_signs import SIGNS, Flag, Sign, flags
from shs.users.models import User, UserProfile

SHOWN = 100
"""The most entries and visits in the timeline."""
MEASURED = 20
"""The most measurements in the table and the graphs."""


class Section(NamedTuple):
    """A section of the page that a later app adds. `template` gets `context` as `section`; `ids` are the rows shown,
    logged as `what` in the read log."""

    title: Label
    template: str
    context: dict[str, object]
    what: str = ""
    ids: list[int] = []


PATIENT_SECTIONS: list[Callable[[User, User, datetime], Section | None]] = []
"""Functions of (reader, patient, now), called after the reader's access to the chart has been checked."""


class Event(NamedTuple):
    """One line of the timeline."""

    at: datetime
    kind: Label
    title: str
    detail: str
    entry: MedicalRecord | None = None


class PatientPage(TypedDict):
    """The context of the patient page; `ids` are those of the entries shown."""

    patient: User
    facts: list[tuple[Label, object]]
    allergies: list[MedicalRecord]
    timeline: list[Event]
    signs: "Measurements"
    graphs: "list[Graph]"
    access: list[Access]
    ids: list[int]


def page_of(patient: User, *, now: datetime) -> PatientPage:
    """The context of the page of `patient`, and the `ids` of the entries shown."""
    entries = _newest(patient.medical_records.standing())
    allergies = sorted(_of_kind(patient, entries, Kind.ALLERGY), key=lambda entry: entry.title)
    allergies = [entry for entry in allergies if entry.status == Status.ACTIVE]
    measured = _of_kind(patient, entries, Kind.VITAL_SIGNS)[:MEASURED]
    profile = getattr(patient, "profile", None)
    age = profile.age(timezone.localdate(now)) if profile else None
    visits = list(patient.appointments.select_related("doctor").order_by("-starts_at")[: SHOWN + 1])
    return {
        "patient": patient,
        "facts": _facts(profile, age),
        "allergies": allergies,
        "timeline": _timeline(visits[:SHOWN], entries[:SHOWN]),
        "signs": _table(measured, age),
        "graphs": graphs(measured),
        "access": who_can_see(patient, now=now, visits=_in_care(visits, now)),
        "ids": sorted({entry.pk for entry in (*entries[:SHOWN], *allergies, *measured)}),
    }


def _newest(rows: QuerySet[MedicalRecord]) -> list[MedicalRecord]:
    """The newest entries, one more than are shown: then there are others."""
    return list(rows[: SHOWN + 1])


def _of_kind(patient: User, entries: list[MedicalRecord], kind: str) -> list[MedicalRecord]:
    """All standing entries of a kind, newest first; asked for only if they are not all among `entries`."""
    if len(entries) > SHOWN:
        return list(patient.medical_records.standing().of_kind(kind))
    return [entry for entry in entries if entry.kind == kind]


def _in_care(visits: list[Appointment], now: datetime) -> list[Appointment] | None:
    """Those of `visits` that open the chart; None if there are others."""
    since = now - timedelta(days=settings.RECORD_ACCESS_DAYS)
    if len(visits) > SHOWN:
        return None
    return [visit for visit in visits if visit.status in OPENING_VISITS and visit.ends_at > since]


Fact = tuple[Label, object]


def _facts(profile: UserProfile | None, age: int | None) -> list[Fact]:
    if profile is None:
        return []
    return [
        (_("Age"), age),
        (_("Date of birth"), profile.date_of_birth),
        (_("Gender"), profile.get_gender_display()),
        (_("Blood group"), profile.blood_group),
        (_("City"), profile.city),
    ]


def _timeline(visits: list[Appointment], entries: list[MedicalRecord]) -> list[Event]:
    events = [Event(v.starts_at, _("Visit"), v.doctor.name, v.get_status_display()) for v in visits]
    for entry in entries:
        detail = " · ".join(filter(None, [entry.code_id, entry.get_severity_display(), entry.get_status_display()]))
        events.append(Event(entry.recorded_at, entry.get_kind_display(), entry.title, detail, entry))
    return sorted(events, key=lambda event: event.at, reverse=True)[:SHOWN]


# --- Vital signs -----------------------------------------------------------------------------------------------------


class Measurement(TypedDict):
    """A row of the table; a cell is (value, flag or None)."""

    at: datetime
    cells: list[tuple[float | None, Flag | None]]


class Measurements(TypedDict):
    """The table of vital signs: a column for each sign that was measured."""

    columns: list[Sign]
    rows: list[Measurement]


def _table(measured: list[MedicalRecord], age: int | None) -> Measurements:
    """The latest measurements first."""
    used = [sign for sign in SIGNS.values() if any(sign.name in entry.signs for entry in measured)]
    rows: list[Measurement] = []
    for entry in measured:
        flagged = {flag.name: flag for flag in flags(entry.signs, age=age)}
        cells = [(entry.signs.get(sign.name), flagged.get(sign.name)) for sign in used]
        rows.append({"at": entry.recorded_at, "cells": cells})
    return {"columns": used, "rows": rows}


class Line(NamedTuple):
    """A line of a graph: `points` for SVG's polyline, `dots` as (x, y, value)."""

    label: Label
    points: str
    dots: list[tuple[float, float, float]]
    dashed: bool


class Graph(NamedTuple):
    """One graph of 600 × 160 units: lines, value axis from `least` to `most`, first and last day."""

    title: Label
    unit: Label
    lines: list[Line]
    least: float
    most: float
    first: datetime
    last: datetime


DRAWN = (
    (_("Blood pressure"), ("systolic_mmhg", "diastolic_mmhg")),
    (_("Pulse"), ("pulse_bpm",)),
    (_("Temperature"), ("temperature_c",)),
    (_("Oxygen saturation"), ("spo2_percent",)),
    (_("Weight"), ("weight_kg",)),
)
LEFT, RIGHT, TOP, BOTTOM = 48, 590, 10, 130


def graphs(measured: list[MedicalRecord]) -> list[Graph]:
    """A graph of each sign that was measured at least twice."""
    found = []
    for title, names in DRAWN:
        rows = sorted((e for e in measured if any(name in e.signs for name in names)), key=lambda e: e.recorded_at)
        if len(rows) > 1:
            found.append(_graph(title, [name for name in names if any(name in e.signs for e in rows)], rows))
    return found


def _graph(title: Label, names: list[str], rows: list[MedicalRecord]) -> Graph:
    values = [entry.signs[name] for entry in rows for name in names if name in entry.signs]
    least, most = min(values), max(values)
    first, last = rows[0].recorded_at, rows[-1].recorded_at
    span = (last - first).total_seconds()
    lines = []
    for at, name in enumerate(names):
        dots = [
            (
                round(LEFT + (RIGHT - LEFT) * _part((entry.recorded_at - first).total_seconds(), 0, span), 1),
                round(BOTTOM - (BOTTOM - TOP) * _part(entry.signs[name], least, most), 1),
                entry.signs[name],
            )
            for entry in rows
            if name in entry.signs
        ]
        lines.append(Line(SIGNS[name].label, " ".join(f"{x},{y}" for x, y, _value in dots), dots, dashed=at > 0))
    return Graph(title, SIGNS[names[0]].unit_label, lines, least, most, first, last)


def _part(value: float, least: float, most: float) -> float:
    """Where `value` lies between `least` (0) and `most` (1)."""
    return (value - least) / (most - least) if most != least else 0.5
