"""The content of the patient page: personal data, allergies, timeline, vital signs, and who has access.

Another app adds a section: it appends a function to PATIENT_SECTIONS.
"""

from collections.abc import Callable, Collection
from datetime import date, datetime
from typing import NamedTuple, TypedDict

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shs.appointment.models import Appointment
from shs.core.ages import Precision
from shs.core.labels import Label
from shs.medical_record.access import Access, who_can_see
from shs.medical_record.denials import denies_allergy
from shs.medical_record.growth_curves import Curve, curves
from shs.medical_record.models import PARTS, Kind, MedicalRecord, MedicalRecordQuerySet, NotePart, Status, VisitNote
from shs.medical_record.sign_graphs import Graph, graphs
from shs.medical_record.sign_table import Measurements, read_entry, table_of
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


class Noted(NamedTuple):
    """What the signed note of a visit says, in its current version, and who signed it."""

    pk: int
    parts: list[NotePart]
    by: str
    version: int


class Event(NamedTuple):
    """One line of the timeline."""

    at: datetime
    kind: Label
    title: str
    detail: str
    entry: MedicalRecord | None = None
    note: Noted | None = None


class PatientPage(TypedDict):
    """The context of the patient page; `denied` are allergy entries that say that there is none; `none_known` is
    the latest entry that no allergies are known; `ids` are those of
    the entries shown, `note_ids` those of the notes of visits."""

    patient: User
    facts: list[tuple[Label, object]]
    allergies: list[MedicalRecord]
    denied: list[MedicalRecord]
    none_known: MedicalRecord | None
    timeline: list[Event]
    signs: Measurements
    graphs: list[Graph]
    growth: list[Curve]
    access: list[Access]
    is_partial: bool
    ids: list[int]
    note_ids: list[int]


def page_of(patient: User, *, now: datetime, only: Collection[int] | None = None, in_full: bool = True) -> PatientPage:
    """The context of the page of `patient`, and the keys of what is shown. With `only` some visits, what was
    written in them, and nothing else of the chart; not `in_full` for guardians, without what is confidential."""
    rows = patient.medical_records.without_errors().seen(in_full=in_full)
    seen = patient.appointments.select_related("doctor").order_by("-starts_at")
    if only is not None:
        rows, seen = rows.filter(visit__in=only), seen.filter(pk__in=only)
    entries = _newest(rows)
    allergies = sorted(_of_kind(rows, entries, Kind.ALLERGY), key=lambda entry: entry.title)
    allergies = [entry for entry in allergies if entry.status == Status.ACTIVE]
    denied = [entry for entry in allergies if denies_allergy(entry.title)]
    allergies = [entry for entry in allergies if entry not in denied]
    asked = [entry for entry in _of_kind(rows, entries, Kind.NO_ALLERGIES) if entry.status == Status.ACTIVE]
    none_known = asked[0] if asked and not allergies else None
    measured = _of_kind(rows, entries, Kind.VITAL_SIGNS)[:MEASURED]
    profile = getattr(patient, "profile", None)
    read = [read_entry(entry, patient) for entry in measured]
    visits = list(_with_notes(seen, in_full=in_full)[:SHOWN])
    timeline = _timeline(visits, entries[:SHOWN])
    return {
        "patient": patient,
        "facts": _facts(patient, profile, timezone.localdate(now)),
        "allergies": allergies,
        "denied": denied,
        "none_known": none_known,
        "timeline": timeline,
        "signs": table_of(read),
        "graphs": graphs(read),
        "growth": curves(read),
        "access": who_can_see(patient, now=now) if only is None else [],
        "is_partial": only is not None,
        "ids": sorted({entry.pk for entry in (*entries[:SHOWN], *allergies, *denied, *asked[:1], *measured)}),
        "note_ids": sorted(event.note.pk for event in timeline if event.note),
    }


def _newest(rows: QuerySet[MedicalRecord]) -> list[MedicalRecord]:
    """The newest entries, one more than are shown: then there are others."""
    return list(rows[: SHOWN + 1])


def _of_kind(rows: MedicalRecordQuerySet, entries: list[MedicalRecord], kind: str) -> list[MedicalRecord]:
    """All entries of a kind but those entered in error, newest first; asked for only if they are not all among
    `entries`."""
    if len(entries) > SHOWN:
        return list(rows.of_kind(kind))
    return [entry for entry in entries if entry.kind == kind]


Fact = tuple[Label, object]


def _facts(patient: User, profile: UserProfile | None, today: date) -> list[Fact]:
    facts: list[Fact] = [(_("Patient number"), patient.patient_number)]
    if patient.name_bn:
        facts.append((_("Name in Bangla"), patient.name_bn))
    if patient.died_on:
        facts.append((_("Died"), patient.died_on))
    if profile is None:
        return facts
    is_exact = profile.birth_precision == Precision.DAY
    return [
        *facts,
        (_("Age"), profile.shown_age(patient.died_on or today)),
        (_("Date of birth"), profile.date_of_birth if is_exact else profile.shown_birth),
        (_("Gender"), profile.get_gender_display()),
        (_("Blood group"), profile.blood_group),
        (_("City"), profile.city),
    ]


def _with_notes(visits: QuerySet[Appointment], *, in_full: bool) -> QuerySet[Appointment]:
    """`visits`, each with its signed note (`noted`), in the same query."""
    rows = VisitNote.objects.unrestricted("of visits in a chart whose reader is checked and logged")
    rows = rows.latest().seen(in_full=in_full).filter(visit=OuterRef("pk"))
    said = JSONObject(pk="pk", by="signed_by__name", version="version", **{name: name for name in PARTS})
    return visits.annotate(noted=Subquery(rows.values(said=said)[:1]))


def _noted(visit: Appointment) -> Noted | None:
    said = getattr(visit, "noted", None)
    if not said:
        return None
    parts = [NotePart(label, said[name]) for name, (label, _most) in PARTS.items() if said[name]]
    return Noted(said["pk"], parts, said["by"], said["version"])


def _timeline(visits: list[Appointment], entries: list[MedicalRecord]) -> list[Event]:
    events = [Event(v.starts_at, _("Visit"), v.doctor.name, v.get_status_display(), note=_noted(v)) for v in visits]
    for entry in entries:
        detail = " · ".join(filter(None, [entry.code_id, entry.get_severity_display(), entry.get_status_display()]))
        events.append(Event(entry.recorded_at, entry.get_kind_display(), entry.title, detail, entry))
    return sorted(events, key=lambda event: event.at, reverse=True)[:SHOWN]
