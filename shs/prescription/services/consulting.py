"""The end of a consultation: the note is signed, the prescription issued and the next visit booked, in one
transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q

from shs.appointment.models import Appointment
from shs.appointment.models import Status as Visit
from shs.appointment.services import complete
from shs.core.records.transactions import atomic_with_retry
from shs.core.records.transitions import lock
from shs.medical_record import notes
from shs.medical_record.models import Kind, MedicalRecord, VisitNote
from shs.medical_record.services import record
from shs.prescription import services
from shs.prescription.models import OrderedTest, Prescription, PrescriptionLine, Status, StoppedMedicine
from shs.prescription.services.follow_up import book_next
from shs.users.models import User

Rows = Sequence[Mapping[str, object]]


class Prescribed(NamedTuple):
    """What is prescribed in a visit: fields of Prescription.WRITTEN, medicines, tests, medicines that are stopped, the
    reasons for warnings, and the slot of the next visit (the clinic's wall-clock time)."""

    written: Mapping[str, object]
    medications: Rows
    tests: Rows
    stopped: Rows
    reasons: Mapping[str, str]
    next_at: datetime | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing for a paper; vital signs alone are none."""
        return not (self.medications or self.tests or self.stopped or self.written.get("advice"))


class Signed(NamedTuple):
    """What was signed, issued and booked; no prescription where nothing was prescribed."""

    note: VisitNote
    prescription: Prescription | None
    next_visit: Appointment | None


FIRST_DRAFT = Q(status=Status.DRAFT, amends__isnull=True)
"""The draft of the first version of the prescription of a visit, as the page of prescriptions stores one."""


def prescriptions_of(visit: Appointment, *, in_full: bool) -> tuple[Prescription | None, Prescription | None]:
    """Of a visit that is shown: its prescription as it counts now, and the draft of its first version. One query."""
    rows = Prescription.objects.unrestricted("of a visit that is shown").filter(appointment=visit).seen(in_full=in_full)
    found = {row.status: row for row in rows.filter(Q(status=Status.ISSUED) | FIRST_DRAFT).read_in_full("warnings")}
    return found.get(Status.ISSUED), found.get(Status.DRAFT)


def _draft_of(visit: Appointment) -> Prescription | None:
    rows = Prescription.objects.unrestricted("of a visit whose writer is checked")
    return rows.filter(FIRST_DRAFT, appointment=visit).first()


@atomic_with_retry
def sign_and_issue(
    *, visit: Appointment, by: User, note: notes.Written, prescribed: Prescribed, seen: int | None, now: datetime
) -> Signed:
    """Sign the note of `visit` and issue its prescription, if anything is prescribed; both or neither. Vital signs go
    into the chart, too. A visit that has begun is completed. The next visit is booked first, because that locks the
    doctor before visits are locked. Raises as `notes.sign`, `services.begin`, `services.issue` and `book_next`."""
    notes.as_writer(visit, by, now)
    booked = book_next(visit=visit, at=prescribed.next_at, now=now) if prescribed.next_at else None
    lock(visit)
    notes.as_writer(visit, by, now)
    issued = None if prescribed.is_empty else _issue(visit, by, note, prescribed, now)
    signed = notes.sign(visit=visit, by=by, written=note, seen=seen, now=now)
    signs = prescribed.written.get("vital_signs")
    if signs:
        entry = MedicalRecord(patient=visit.patient, kind=Kind.VITAL_SIGNS, vital_signs=signs)
        record(entry=entry, by=by, now=now)
    visit.refresh_from_db()
    if visit.status == Visit.CONFIRMED and visit.starts_at <= now:
        complete(visit=visit, by=by, now=now)
    return Signed(signed, issued, booked)


@atomic_with_retry
def look(
    *, visit: Appointment, by: User, note: notes.Written, prescribed: Prescribed, now: datetime
) -> services.Checked:
    """What the checks say of what would be issued; nothing is stored. Raises as `sign_and_issue`."""
    lock(visit)
    notes.as_writer(visit, by, now)
    checked = services.check(_written(visit, by, note, prescribed, now), now=now)
    transaction.set_rollback(True)
    return checked


def _issue(visit: Appointment, by: User, note: notes.Written, given: Prescribed, now: datetime) -> Prescription:
    draft = _written(visit, by, note, given, now)
    services.issue(draft=draft, by=by, reasons=given.reasons, now=now)
    return draft


def _written(visit: Appointment, by: User, note: notes.Written, given: Prescribed, now: datetime) -> Prescription:
    """The draft with what was typed, stored."""
    written = {**_from_note(note), **{name: value for name, value in given.written.items() if value}}
    draft = _draft_of(visit)
    if draft is None:
        draft = services.begin(draft=Prescription(**written), visit=visit, by=by, now=now)
    else:
        draft.doctor = services.prescriber_of(visit, by)
        for name, value in written.items():
            setattr(draft, name, value)
        services.save_draft(draft=draft, now=now)
        for item in (*draft.lines.all(), *draft.tests.all(), *draft.stopped.all()):
            item.delete()
    for row in given.medications:
        PrescriptionLine.objects.create(prescription=draft, **row)
    for row in given.tests:
        OrderedTest.objects.create(prescription=draft, **row)
    for row in given.stopped:
        StoppedMedicine.objects.create(prescription=draft, **row)
    return draft


def _from_note(note: notes.Written) -> dict[str, str]:
    """What the paper says of the note: the complaint at the left, the assessment as the diagnosis."""
    diagnosis = note.texts.get("assessment", "") or ", ".join(note.codes) or note.texts.get("complaint", "")
    return {"diagnosis": diagnosis[:500], "symptoms": note.texts.get("complaint", "")[:2000]}
