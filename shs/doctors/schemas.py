"""Input and output of the doctors' routes."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.utils import timezone
from pydantic import BeforeValidator, Field, StringConstraints
from typing_extensions import TypedDict

from shs.core.api.paging import Paging
from shs.core.types import Clock, Day, Id, In, Instant, Money, Paragraph, Text
from shs.doctors.models import (
    ClosedDay,
    DoctorAvailability,
    DoctorInformation,
    DoctorReview,
    FactProposal,
    HoursPeriod,
    PeriodBlock,
)
from shs.doctors.models.clinic import MOST_MINUTES
from shs.doctors.models.hours import MOST_PLACES

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+$", max_length=100)]
Language = Annotated[str, Text(40, least=2)]
Licence = Annotated[str, Text(30, least=3)]
Order = Literal["rating", "-rating", "fees", "-fees", "experience", "-experience", "name", "-name"]


def _empty_is_none(value: object) -> object:
    return None if value == "" else value


class Search(Paging):
    """Filters of the doctor search; each may be left out or empty. `q`, `specialty` and `location` are in English or
    Bangla, by any name of a specialty ("heart doctor") or place (Chittagong), and names of doctors as they are heard.
    `ordering=rating` means best first."""

    q: Annotated[str, Text(100)] = ""
    specialty: Annotated[str, Text(100)] = ""
    location: Annotated[str, Text(150)] = ""
    min_rating: Annotated[
        Annotated[float, Field(ge=0, le=5, allow_inf_nan=False)] | None, BeforeValidator(_empty_is_none)
    ] = None
    max_fees: Annotated[Money | None, BeforeValidator(_empty_is_none)] = None
    min_experience: Annotated[Annotated[int, Field(ge=0, le=80)] | None, BeforeValidator(_empty_is_none)] = None
    language: Annotated[str, Text(40)] = ""
    available_on: Annotated[Day | None, BeforeValidator(_empty_is_none)] = None
    ordering: Order = "rating"


class Application(In):
    """A doctor's profile as declared. `auto_confirms`: visits that patients book or move in the app need no answer.
    `notice_minutes`: they do it at least so long ahead; `cancel_minutes`: and cancel until so long before (null: as the
    clinic says)."""

    license_number: Licence
    specializations: Annotated[list[Slug], Field(min_length=1, max_length=10)]
    experience: Annotated[int, Field(ge=0, le=80, strict=True)]
    education: Annotated[str, Text(500, least=1)]
    location: Annotated[str, Text(150, least=1)]
    fees: Money
    bio: Paragraph = ""
    languages: Annotated[list[Language], Field(max_length=10)] = []
    license_expires_on: Day | None = None
    auto_confirms: bool = False
    notice_minutes: Annotated[int, Field(ge=0, le=MOST_MINUTES, strict=True)] = 0
    cancel_minutes: Annotated[int, Field(ge=0, le=MOST_MINUTES, strict=True)] | None = None


class ApplicationChange(Application):
    """Some fields of a doctor's profile; only given fields are stored."""

    license_number: Licence = ""
    specializations: Annotated[list[Slug], Field(min_length=1, max_length=10)] = []
    experience: Annotated[int, Field(ge=0, le=80, strict=True)] = 0
    education: Annotated[str, Text(500, least=1)] = ""
    location: Annotated[str, Text(150, least=1)] = ""
    fees: Money = Decimal(0)


class Block(In):
    """Weekly working hours in the clinic's wall-clock time; `clinic` is needed if the doctor has several. An `end` of
    00:00 is the end of the day, one before `start` is on the next day. With a `capacity` so many patients come by
    serial; without, each has a time of `slot_minutes`, with `buffer_minutes` between two."""

    weekday: Annotated[int, Field(ge=0, le=6, strict=True)]
    start: Clock
    end: Clock
    slot_minutes: Annotated[int, Field(ge=5, le=240, strict=True)] = 20
    clinic: Id | None = None
    buffer_minutes: Annotated[int, Field(ge=0, le=240, strict=True)] = 0
    capacity: Annotated[int, Field(ge=1, le=MOST_PLACES, strict=True)] | None = None


Hours = Annotated[list[Block], Field(max_length=70)]


class HoursOfPeriod(In):
    """Other hours from `first` to `last`, both included; without `hours` the doctor does not work then."""

    first: Day
    last: Day
    reason: Annotated[str, Text(100)] = ""
    hours: Hours = []


class Absence(In):
    """A period of time off."""

    starts_at: Instant
    ends_at: Instant
    reason: Annotated[str, Text(200)] = ""


class Review(In):
    """A patient's rating of a doctor."""

    rating: Annotated[int, Field(ge=1, le=5, strict=True)]
    comment: Paragraph = ""


class Answer(In):
    """A doctor's reply to a review."""

    answer: Annotated[str, Text(2000, least=1)]


class SpecialtyRef(TypedDict):
    id: int
    name: str
    slug: str


class SpecializationOut(SpecialtyRef):
    """A specialization and the number of its doctors whom patients can find."""

    doctor_count: int


class DoctorOut(TypedDict):
    """A doctor as patients see them; `fees` in BDT, `experience` in years, `rating` 0 if not rated yet."""

    id: int
    name: str
    specializations: list[SpecialtyRef]
    experience: int
    education: str
    location: str
    fees: str
    languages: list[str]
    bio: str
    rating: float
    rating_count: int


class BlockOut(TypedDict):
    """Weekly working hours; Monday is 0. `capacity`: patients by serial, null for fixed times."""

    weekday: int
    start: str
    end: str
    slot_minutes: int
    clinic: int | None
    buffer_minutes: int
    capacity: int | None


class PeriodOut(TypedDict):
    """Hours of a period or of a single day, in place of the weekly ones."""

    id: int
    first: date
    last: date
    reason: str
    hours: list[BlockOut]


class ClosedDayOut(TypedDict):
    """Days on which a clinic is closed, both included, with the reason in English and in Bangla."""

    clinic: int
    first: date
    last: date
    reason: str
    reason_bn: str


class DoctorDetailOut(DoctorOut):
    """A doctor with their working hours."""

    availability: list[BlockOut]


class ProposalOut(TypedDict):
    """A change of verified facts that waits: `changes` maps their names to the proposed values."""

    changes: dict[str, object]
    proposed_at: datetime


class OwnDoctorOut(DoctorDetailOut):
    """The additional fields that the doctor and admins see. `proposal` is what waits to be verified beside them."""

    license_number: str
    license_expires_on: date | None
    auto_confirms: bool
    notice_minutes: int
    cancel_minutes: int | None
    verification_status: str
    verification_note: str
    proposal: ProposalOut | None


class AbsenceOut(TypedDict):
    id: int
    starts_at: datetime
    ends_at: datetime
    reason: str


class ReviewOut(TypedDict):
    """A published review; the patient is named by first name only."""

    id: int
    rating: int
    comment: str
    patient: str
    created_at: datetime
    answer: str
    answered_at: datetime | None


class RatingOut(TypedDict):
    """Ratings of a doctor; `breakdown` maps stars, "5" to "1", to the number of reviews."""

    rating: float
    rating_count: int
    breakdown: dict[str, int]


DOCTOR_FIELDS = (
    "id",
    "name",
    "specialty_cards",
    "experience",
    "education",
    "location",
    "fees",
    "languages",
    "bio",
    "rating",
    "rating_count",
)


def doctor_out(row: dict[str, Any]) -> DoctorOut:
    """Convert a row of `.values(*DOCTOR_FIELDS)` into DoctorOut."""
    return {
        "id": row["id"],
        "name": row["name"],
        "specializations": row["specialty_cards"],
        "experience": row["experience"],
        "education": row["education"],
        "location": row["location"],
        "fees": f"{row['fees']:.2f}",
        "languages": row["languages"],
        "bio": row["bio"],
        "rating": float(row["rating"]),
        "rating_count": row["rating_count"],
    }


def detail_out(doctor: DoctorInformation) -> DoctorDetailOut:
    """Convert a doctor and their weekly hours into DoctorDetailOut."""
    row = doctor_out({name: getattr(doctor, name) for name in DOCTOR_FIELDS})
    return {**row, "availability": hours_out(doctor.pk)}


def hours_out(doctor_id: int) -> list[BlockOut]:
    """The weekly hours of a doctor in order."""
    return [block_out(block) for block in DoctorAvailability.of_doctor(doctor_id)]


def own_out(doctor: DoctorInformation) -> OwnDoctorOut:
    """Convert a doctor into OwnDoctorOut, with the fields for themselves and admins."""
    doctor.refresh_from_db()
    waits = FactProposal.objects.waiting().filter(doctor=doctor).first()
    return {
        **detail_out(doctor),
        "license_number": doctor.license_number,
        "license_expires_on": doctor.license_expires_on,
        "auto_confirms": doctor.auto_confirms,
        "notice_minutes": doctor.notice_minutes,
        "cancel_minutes": doctor.cancel_minutes,
        "verification_status": doctor.verification_status,
        "verification_note": doctor.verification_note,
        "proposal": {"changes": waits.changes, "proposed_at": timezone.localtime(waits.proposed_at)} if waits else None,
    }


def block_out(block: DoctorAvailability | PeriodBlock) -> BlockOut:
    return {
        "weekday": block.weekday,
        "start": _clock(block.start),
        "end": _clock(block.end),
        "slot_minutes": block.slot_minutes,
        "clinic": block.clinic_id,
        "buffer_minutes": block.buffer_minutes,
        "capacity": block.capacity,
    }


def period_out(period: HoursPeriod) -> PeriodOut:
    """Convert hours of a period, its blocks in order."""
    blocks = sorted(period.blocks.all(), key=lambda block: (block.weekday, block.start))
    return {
        "id": period.pk,
        "first": period.first,
        "last": period.last,
        "reason": period.reason,
        "hours": [block_out(block) for block in blocks],
    }


def closed_day_out(day: ClosedDay) -> ClosedDayOut:
    return {
        "clinic": day.clinic_id,
        "first": day.first,
        "last": day.last,
        "reason": day.reason,
        "reason_bn": day.reason_bn,
    }


def review_out(review: DoctorReview) -> ReviewOut:
    return {
        "id": review.pk,
        "rating": review.rating,
        "comment": review.comment,
        "patient": review.patient.get_short_name(),
        "created_at": review.created_at,
        "answer": review.answer,
        "answered_at": review.answered_at,
    }


def _clock(value: time) -> str:
    return f"{value:%H:%M}"
