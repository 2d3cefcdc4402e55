"""The history of a patient as a timeline: visits with their notes, entries of the chart, prescriptions; paged."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db.models import CharField, F, QuerySet, Value

from shs.appointment.models import Appointment, Status
from shs.medical_record.consultation import readable
from shs.medical_record.models import MedicalRecord, VisitNote
from shs.medical_record.services import Extent
from shs.medical_record.vital_signs import SIGNS, Sign
from shs.prescription.models import Prescription
from shs.prescription.permissions import seen_in_chart
from shs.users.models import User

SHOWN = 15
"""Events of a page."""
MOST_PAGES = 200
VISIT, ENTRY, PRESCRIPTION = "visit", "entry", "prescription"


class Event(NamedTuple):
    """One event: a visit with its `note`, an entry, or a prescription."""

    at: datetime
    visit: Appointment | None = None
    note: VisitNote | None = None
    entry: MedicalRecord | None = None
    prescription: Prescription | None = None

    @property
    def signs(self) -> list[tuple[Sign, float]]:
        """The vital signs of an entry, in order."""
        values = self.entry.signs if self.entry else {}
        return [(sign, values[name]) for name, sign in SIGNS.items() if name in values]


class Timeline(NamedTuple):
    """A page of events, latest first. `read` are the rows shown, by what the read log calls them."""

    events: list[Event]
    page: int
    has_next: bool
    read: dict[str, list[int]]


def timeline(
    reader: User, patient: User, extent: Extent, *, now: datetime, page: int = 1, without: Appointment | None = None
) -> Timeline:
    """A page of the history, without one visit. At most seven queries, however long it is."""
    page = min(max(page, 1), MOST_PAGES)
    entries = readable(patient, extent)
    visits = Appointment.objects.unrestricted("of a chart whose reader is checked and logged")
    visits = visits.filter(extent.parts("pk"), patient=patient, starts_at__lte=now).exclude(status=Status.CANCELLED)
    issued = Prescription.objects.filter(seen_in_chart(reader, patient, now), patient=patient).released()
    if without is not None:
        visits = visits.exclude(pk=without.pk)
    parts = [_keys(visits, VISIT, "starts_at"), _keys(entries, ENTRY, "recorded_at")]
    union = parts[0].union(*parts[1:], _keys(issued, PRESCRIPTION, "issued_at"), all=True)
    first = (page - 1) * SHOWN
    found = list(union.order_by("-event_at", "event_kind", "-pk")[first : first + SHOWN + 1])
    return _filled(found[:SHOWN], page, has_next=len(found) > SHOWN, in_full=extent.is_in_full)


Key = tuple[datetime, str, int]


def _keys(rows: QuerySet[Appointment] | QuerySet[MedicalRecord] | QuerySet[Prescription], kind: str, at: str):  # type: ignore[no-untyped-def]  # rows of one shape
    columns = {"event_at": F(at), "event_kind": Value(kind, output_field=CharField())}
    return rows.order_by().annotate(**columns).values_list("event_at", "event_kind", "pk")


def _filled(found: Sequence[Key], page: int, *, has_next: bool, in_full: bool) -> Timeline:
    keys = {kind: [pk for _at, one, pk in found if one == kind] for kind in (VISIT, ENTRY, PRESCRIPTION)}
    shown = "keys that are shown"
    visits = Appointment.objects.unrestricted(shown).select_related("doctor").in_bulk(keys[VISIT])
    entries = MedicalRecord.objects.unrestricted(shown).select_related("recorded_by", "code").in_bulk(keys[ENTRY])
    issued = Prescription.objects.unrestricted(shown).in_full().in_bulk(keys[PRESCRIPTION])
    signed = VisitNote.objects.unrestricted(shown).latest().seen(in_full=in_full).filter(visit__in=keys[VISIT])
    notes = {note.visit_id: note for note in signed.select_related("signed_by")} if keys[VISIT] else {}
    events = [
        Event(at, visits.get(pk), notes.get(pk))
        if kind == VISIT
        else Event(at, entry=entries.get(pk))
        if kind == ENTRY
        else Event(at, prescription=issued.get(pk))
        for at, kind, pk in found
    ]
    read = {
        "visit notes": sorted(note.pk for note in notes.values()),
        "medical records": sorted(keys[ENTRY]),
        "prescriptions": sorted(keys[PRESCRIPTION]),
    }
    return Timeline(events, page, has_next, read)
