"""Input and output of the appointment routes."""

from collections.abc import Callable
from datetime import datetime, tzinfo
from functools import reduce
from typing import Annotated, Any, Literal

from django.utils import timezone
from pydantic import BeforeValidator, Field
from typing_extensions import TypedDict

from shs.appointment.models import Appointment
from shs.core.api.paging import Paging
from shs.core.caller import Member
from shs.core.grants.table import holds, is_shared
from shs.core.types import Clock, Day, Id, In, Instant, Paragraph, Text
from shs.doctors.models import DoctorInformation
from shs.doctors.schemas import Absence, SpecialtyRef
from shs.users.family_schemas import AboutWhom, ForWhom


def _empty_is_none(value: object) -> object:
    return None if value == "" else value


OptionalDay = Annotated[Day | None, BeforeValidator(_empty_is_none)]
CancelReason = Literal["", "cannot_come", "not_needed", "mistake", "doctor_away", "clinic_closed", "other"]
KnownStatus = Literal["pending", "confirmed", "completed", "cancelled", "missed"]
OptionalStatus = Annotated[KnownStatus | None, BeforeValidator(_empty_is_none)]


class Booking(In):
    """A visit to book; `date` and `time` in the clinic's wall-clock time. `patient`: for whom, by default the caller;
    another one is somebody for whom the caller may book as their guardian."""

    doctor: Id
    patient: ForWhom = None
    date: Day
    time: Clock
    reason: Annotated[str, Text(500)] = ""


class NewTime(In):
    """A new time for a visit."""

    date: Day
    time: Clock


class StatusChange(In):
    """A new status. `notes` are the doctor's; `reason` is for a cancellation, or for completing a missed visit.
    `cancel_code`: why it is cancelled; by whom follows from the caller."""

    status: KnownStatus
    notes: Paragraph | None = None
    reason: Annotated[str, Text(500)] = ""
    cancel_code: CancelReason = ""


class Affected(In):
    """What becomes of booked visits that are hit: they are cancelled, or wait until the desk decides."""

    affected: Annotated[Literal["cancel", "keep"] | None, BeforeValidator(_empty_is_none)] = None


class Period(In):
    """A period of time off."""

    starts_at: Instant
    ends_at: Instant


class Leave(Absence):
    """Time off, and what becomes of booked visits in it."""

    affected: Annotated[Literal["cancel", "keep"] | None, BeforeValidator(_empty_is_none)] = None


class MyVisits(Paging):
    """Filters of the visits of the caller, or of the `patient` whose guardian they are."""

    patient: AboutWhom = None

    status: OptionalStatus = None
    when: Annotated[Literal["upcoming", "past"] | None, BeforeValidator(_empty_is_none)] = None


class DoctorVisits(Paging):
    """Filters of a doctor's visits: one `date`, or `from` and `to`."""

    date: OptionalDay = None
    first: Annotated[OptionalDay, Field(alias="from")] = None
    last: Annotated[OptionalDay, Field(alias="to")] = None
    status: OptionalStatus = None


class SlotRange(In):
    """One `date`, or `from` and `to`: at most 31 days."""

    date: OptionalDay = None
    first: Annotated[OptionalDay, Field(alias="from")] = None
    last: Annotated[OptionalDay, Field(alias="to")] = None


class DoctorRef(TypedDict):
    id: int
    name: str
    specializations: list[SpecialtyRef]
    location: str


class PatientRef(TypedDict):
    id: int
    name: str


class AppointmentOut(TypedDict):
    """One visit; `date` and `time` in the clinic's wall-clock time, `serial` is its number in the doctor's day.
    `by_serial`: the patient arrives within `duration_minutes` from `time` and is seen by serial.
    `reason` and `notes` are empty until the caller's address is confirmed. Of a cancelled visit `cancelled_by` is
    `patient`, `doctor`, `clinic`, or `nobody` (the request was not answered), and `cancel_code` says why; both are
    empty of all others, and of old ones of which it is not known. `is_without_doctor`: the doctor is away at that time,
    and the clinic has not decided yet. `expected_at`: when it is expected to begin if the doctor is late, else null."""

    id: int
    number: str
    serial: int
    doctor: DoctorRef
    patient: PatientRef
    date: str
    time: str
    starts_at: datetime
    duration_minutes: int
    by_serial: bool
    status: str
    cancelled_by: str
    cancel_code: str
    is_without_doctor: bool
    expected_at: datetime | None
    reason: str
    notes: str
    created_at: datetime


class QueueOut(TypedDict):
    """Where a visit stands in its doctor's queue. `now_serving` is the serial that is inside, `before_me` how many are
    called before, `late_minutes` by how much the doctor is behind the plan; each is null while it is not known. The
    visit is expected to begin between `expected_from` and `expected_to`; both are null while there is no ground for
    that, of which `note` tells in words. `state` is `not_today`, `requested`, `away`, `not_begun`, `coming` (not
    checked in), `waiting`, `called`, `not_here` (called, and was not there), `paused`, `seen`, `over`, `cancelled` or
    `ended` (the doctor has finished for today)."""

    state: str
    serial: int
    room: str
    now_serving: int | None
    before_me: int | None
    expected_from: datetime | None
    expected_to: datetime | None
    late_minutes: int | None
    note: str


class PlaceOut(TypedDict):
    """A free slot of a doctor."""

    doctor: int
    name: str
    date: str
    time: str
    starts_at: datetime


class PlanOut(TypedDict):
    """A visit that is hit, and what is proposed for it; without both it would be cancelled."""

    visit: AppointmentOut
    own: PlaceOut | None
    colleague: PlaceOut | None


class SlotOut(TypedDict):
    """One slot of a doctor's working hours. `by_serial`: several patients arrive between `starts_at` and `ends_at` and
    are seen by serial, up to `capacity`; `places_left` can still be booked. A fixed time has a capacity of 1."""

    date: str
    time: str
    starts_at: datetime
    ends_at: datetime
    available: bool
    by_serial: bool
    capacity: int
    places_left: int


ROW = (
    "id",
    "number",
    "serial",
    "doctor_id",
    "doctor__name",
    "doctor__specialty_cards",
    "doctor__location",
    "patient_id",
    "patient__name",
    "starts_at",
    "ends_at",
    "is_by_serial",
    "status",
    "cancelled_by",
    "cancel_code",
    "without_doctor_since",
    "expected_at",
    "reason",
    "notes",
    "created_at",
)


def _visit_out(row: dict[str, Any], zone: tzinfo) -> AppointmentOut:
    starts_at = row["starts_at"].astimezone(zone)
    text = starts_at.isoformat()
    return {
        "id": row["id"],
        "number": row["number"],
        "serial": row["serial"],
        "doctor": {
            "id": row["doctor_id"],
            "name": row["doctor__name"],
            "specializations": row["doctor__specialty_cards"],
            "location": row["doctor__location"],
        },
        "patient": {"id": row["patient_id"], "name": row["patient__name"]},
        "date": text[:10],
        "time": text[11:16],
        "starts_at": starts_at,
        "duration_minutes": int((row["ends_at"] - row["starts_at"]).total_seconds() // 60),
        "by_serial": row["is_by_serial"],
        "status": row["status"],
        "cancelled_by": row["cancelled_by"],
        "cancel_code": row["cancel_code"],
        "is_without_doctor": row["without_doctor_since"] is not None,
        "expected_at": row["expected_at"] and row["expected_at"].astimezone(zone),
        "reason": row["reason"],
        "notes": row["notes"],
        "created_at": row["created_at"].astimezone(zone),
    }


def place_out(doctor: DoctorInformation, starts_at: datetime) -> PlaceOut:
    """Convert a free slot of a doctor."""
    at = timezone.localtime(starts_at)
    text = at.isoformat()
    return {"doctor": doctor.pk, "name": doctor.name, "date": text[:10], "time": text[11:16], "starts_at": at}


def out_for(reader: Member, *, with_words: bool = True) -> Callable[[dict[str, Any]], AppointmentOut]:
    """What converts a row of `.values(*ROW)` into an answer for `reader`: without reason and notes until their address
    is confirmed, and not `with_words` for a guardian who may not read them."""
    zone = timezone.get_current_timezone()  # asking for it takes as long as converting a time
    if reader.is_confirmed and with_words:
        return lambda row: _visit_out(row, zone)
    return lambda row: {**_visit_out(row, zone), "reason": "", "notes": ""}


def one_out(visit: Appointment, reader: Member) -> AppointmentOut:
    """Convert one visit into an answer for `reader`; it is read again if its doctor and patient are not known. If the
    visit is only shared, or of somebody whose guardian the reader is, reason and notes are empty unless the reader has
    the right to them, too."""
    out = _one_out(visit, reader)
    of_others = holds(reader, "appointment.book_appointment") and visit.patient_id != reader.pk
    if (of_others or is_shared(visit, reader, "view")) and not reader.has_perm(
        "appointment.read_reason_appointment", visit
    ):
        return {**out, "reason": "", "notes": ""}
    return out


def _one_out(visit: Appointment, reader: Member) -> AppointmentOut:
    if all(Appointment._meta.get_field(name).is_cached(visit) for name in ("doctor", "patient")):  # type: ignore[union-attr]
        return out_for(reader)({name: reduce(getattr, name.split("__"), visit) for name in ROW})
    return out_for(reader)(Appointment.objects.values(*ROW).get(pk=visit.pk))
