"""The history of a patient as a timeline: visits with their notes, entries of the chart, prescriptions; paged."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import CharField, F, QuerySet, Value

from shs.appointment.models import Appointment, Status
from shs.medical_record.consultation import readable
from shs.medical_record.models import MedicalRecord, VisitNote
from shs.medical_record.services import Extent
from shs.medical_record.vital_signs import SIGNS, Sign
from shs.prescription.models import Prescription
from shs.prescription.models import Status as Issued
from shs.prescription.permissions import seen_in_chart
from shs.users.models import User

SHOWN = 15
"""Events of a page."""
MOST_PAGES = 200
VISIT, ENTRY, PRESCRIPTION = "visit", "entry", "prescription"


class Further(NamedTuple):
    """Events of a later app, of a `kind`. `rows` are those of a patient that a reader may see, of (reader, patient,
    extent, now), at the time in the column `at`; `shown` reads those of some keys, and `template` shows one as `row`.
    The read log calls them `what`."""

    kind: str
    what: str
    at: str
    rows: Callable[[User, User, Extent, datetime], QuerySet[Any]]
    shown: Callable[[Sequence[int]], Mapping[int, object]]
    template: str


FURTHER: list[Further] = []
"""What later apps add to the history."""


class Event(NamedTuple):
    """One event: a visit with its `note`, an entry, a prescription, or the `row` of something `further`."""

    at: datetime
    visit: Appointment | None = None
    note: VisitNote | None = None
    entry: MedicalRecord | None = None
    prescription: Prescription | None = None
    further: Further | None = None
    row: object = None

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
    """A page of the history, without amended versions; `without`: a visit that is shown elsewhere, with its
    prescription. At most five queries, and one for each of FURTHER, however long it is."""
    page = min(max(page, 1), MOST_PAGES)
    entries = readable(patient, extent)
    visits = Appointment.objects.unrestricted("of a chart whose reader is checked and logged")
    visits = visits.filter(extent.parts("pk"), patient=patient, starts_at__lte=now).exclude(status=Status.CANCELLED)
    issued = Prescription.objects.filter(seen_in_chart(reader, patient, now), patient=patient).latest()
    if without is not None:
        visits, issued = visits.exclude(pk=without.pk), issued.exclude(appointment=without, status=Issued.ISSUED)
    parts = [_keys(visits, VISIT, "starts_at"), _keys(entries, ENTRY, "recorded_at")]
    parts.append(_keys(issued, PRESCRIPTION, "issued_at"))
    parts += [_keys(one.rows(reader, patient, extent, now), one.kind, one.at) for one in FURTHER]
    union = parts[0].union(*parts[1:], all=True)
    first = (page - 1) * SHOWN
    found = list(union.order_by("-event_at", "event_kind", "-pk")[first : first + SHOWN + 1])
    return _filled(found[:SHOWN], page, has_next=len(found) > SHOWN, in_full=extent.is_in_full)


Key = tuple[datetime, str, int]


def _keys(rows: QuerySet[Any], kind: str, at: str):  # type: ignore[no-untyped-def]  # rows of one shape
    columns = {"event_at": F(at), "event_kind": Value(kind, output_field=CharField())}
    return rows.order_by().annotate(**columns).values_list("event_at", "event_kind", "pk")


def _issued(keys: list[int]) -> list[Prescription]:
    if not keys:
        return []
    return Prescription.objects.unrestricted("keys that are shown").filter(pk__in=keys).read_in_full()


def _filled(found: Sequence[Key], page: int, *, has_next: bool, in_full: bool) -> Timeline:
    kinds = (VISIT, ENTRY, PRESCRIPTION, *(one.kind for one in FURTHER))
    keys = {kind: [pk for _at, one, pk in found if one == kind] for kind in kinds}
    shown = "keys that are shown"
    visits = Appointment.objects.unrestricted(shown).select_related("doctor").in_bulk(keys[VISIT])
    entries = MedicalRecord.objects.unrestricted(shown).select_related("recorded_by", "code").in_bulk(keys[ENTRY])
    issued = {row.pk: row for row in _issued(keys[PRESCRIPTION])}
    signed = VisitNote.objects.unrestricted(shown).latest().seen(in_full=in_full).filter(visit__in=keys[VISIT])
    notes = {note.visit_id: note for note in signed.select_related("signed_by")} if keys[VISIT] else {}
    rows = {one.kind: (one, one.shown(keys[one.kind]) if keys[one.kind] else {}) for one in FURTHER}

    def event(at: datetime, kind: str, pk: int) -> Event:
        if kind in rows:
            further, shown_rows = rows[kind]
            return Event(at, further=further, row=shown_rows.get(pk))
        if kind == VISIT:
            return Event(at, visits.get(pk), notes.get(pk))
        return Event(at, entry=entries.get(pk)) if kind == ENTRY else Event(at, prescription=issued.get(pk))

    events = [event(*key) for key in found]
    read = {
        "visit notes": sorted(note.pk for note in notes.values()),
        "medical records": sorted(keys[ENTRY]),
        "prescriptions": sorted(keys[PRESCRIPTION]),
        **{one.what: sorted(keys[one.kind]) for one in FURTHER},
    }
    return Timeline(events, page, has_next, read)
