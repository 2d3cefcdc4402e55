"""Input and output of the appointment routes."""

from datetime import datetime
from typing import Annotated, Any, Literal

from django.utils import timezone
from pydantic import BeforeValidator, Field
from typing_extensions import TypedDict

from shs.appointment.models import Appointment
from shs.core.api.paging import Paging
from shs.core.types import Clock, Day, Id, In, Paragraph, Text
from shs.doctors.schemas import SpecialtyRef


def _empty_is_none(value: object) -> object:
    return None if value == "" else value


OptionalDay = Annotated[Day | None, BeforeValidator(_empty_is_none)]
KnownStatus = Literal["pending", "confirmed", "completed", "cancelled", "missed"]
OptionalStatus = Annotated[KnownStatus | None, BeforeValidator(_empty_is_none)]


class Booking(In):
    """A visit to book; `date` and `time` in the clinic's wall-clock time."""

    doctor: Id
    date: Day
    time: Clock
    reason: Annotated[str, Text(500)] = ""


class NewTime(In):
    """A new time for a visit."""

    date: Day
    time: Clock


class StatusChange(In):
    """A new status. `notes` are the doctor's; `reason` is for a cancellation, or for completing a missed visit."""

    status: KnownStatus
    notes: Paragraph | None = None
    reason: Annotated[str, Text(500)] = ""


class MyVisits(Paging):
    """Filters of a patient's own visits."""

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
    """One visit; `date` and `time` in the clinic's wall-clock time, `serial` is its number in the doctor's day."""

    id: int
    number: str
    serial: int
    doctor: DoctorRef
    patient: PatientRef
    date: str
    time: str
    starts_at: datetime
    duration_minutes: int
    status: str
    reason: str
    notes: str
    created_at: datetime


class SlotOut(TypedDict):
    """One slot of a doctor's working hours."""

    date: str
    time: str
    starts_at: datetime
    available: bool


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
    "status",
    "reason",
    "notes",
    "created_at",
)


def appointment_out(row: dict[str, Any]) -> AppointmentOut:
    """Convert a row of `.values(*ROW)` into an answer."""
    zone = timezone.get_current_timezone()
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
        "status": row["status"],
        "reason": row["reason"],
        "notes": row["notes"],
        "created_at": row["created_at"].astimezone(zone),
    }


def one_out(visit: Appointment) -> AppointmentOut:
    """Convert one visit into an answer."""
    return appointment_out(Appointment.objects.values(*ROW).get(pk=visit.pk))
