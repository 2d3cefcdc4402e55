"""What both peers share: who calls, which rows they read, and the rules of slots and bookings as a usual project writes
them, without history in bulk, notices, read log and permissions by row."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import TypeAlias, TypedDict

import jwt
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.http import Http404
from django.utils import timezone

from shs.appointment.models import HOLDING, Appointment, AppointmentSlot, new_number, on_day
from shs.blog.models import BlogPost
from shs.doctors.models import ClosedDay, DoctorAvailability, DoctorInformation, HoursPeriod, PeriodBlock
from shs.medical_record.models import MedicalRecord
from shs.prescription.models import Prescription
from shs.users.models import User

Block: TypeAlias = DoctorAvailability | PeriodBlock
Window: TypeAlias = tuple[datetime, datetime, Block]
DOCTORS = DoctorInformation.objects.listed().order_by("-rating", "-rating_count", "id")
SEARCHED = (
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
"""The fields of a doctor in the list and the detail."""
VISITS = Appointment.objects.select_related("doctor", "patient").only(
    "number",
    "serial",
    "starts_at",
    "ends_at",
    "is_by_serial",
    "status",
    "reason",
    "notes",
    "created_at",
    "doctor__name",
    "doctor__specialty_cards",
    "doctor__location",
    "patient__name",
)
POSTS = (
    BlogPost.objects.public()
    .select_related("author", "category", "reviewed_by")
    .defer("content", "published_content", "search_text", "author__bio", "author__search_text")
    .prefetch_related("tags")
    .order_by("-published_at", "-id")
)


class Slot(TypedDict):
    """One slot of a doctor."""

    date: str
    time: str
    starts_at: datetime
    ends_at: datetime
    available: bool
    by_serial: bool
    capacity: int
    places_left: int


class Conflict(Exception):
    """Raised when a slot cannot be booked."""


def caller(token: str) -> User | None:
    """The active user of a token: its signature is checked, and the user is read."""
    try:
        claims = jwt.decode(token, settings.SECRET_KEY, algorithms=["HS256"])
    except jwt.InvalidTokenError:
        return None
    return User.objects.filter(pk=claims["sub"], token_version=claims["ver"], is_active=True).first()


def visits_of(patient: User) -> QuerySet[Appointment]:
    """A patient's visits, latest first."""
    return VISITS.filter(patient=patient).order_by("-starts_at", "-id")


def visits_on(doctor: User, day: date) -> QuerySet[Appointment]:
    """A doctor's visits of a day."""
    return VISITS.filter(on_day(day), doctor__user=doctor).order_by("starts_at", "id")


def prescriptions_of(doctor: User, patient: int) -> QuerySet[Prescription]:
    """A patient's prescriptions, newest first, each in its current version. `first_id`: the id of its first version."""
    _require_care(doctor, patient)
    rows = Prescription.objects.latest().filter(patient=patient).order_by("-issued_at", "-id")
    rows = rows.annotate(first_id=Coalesce("original_id", "id"))
    return rows.select_related("doctor", "patient").prefetch_related("lines", "tests", "warnings")


def chart_of(doctor: User, patient: int) -> QuerySet[MedicalRecord]:
    """A patient's entries, newest first."""
    _require_care(doctor, patient)
    rows = MedicalRecord.objects.without_errors().filter(patient=patient).order_by("-recorded_at", "-id")
    return rows.select_related("patient", "code", "recorded_by")


def _require_care(doctor: User, patient: int) -> None:
    if not Appointment.objects.filter(doctor__user=doctor, patient=patient).exists():
        raise Http404


def slots_of(pk: int, first: date, last: date) -> list[Slot]:
    """The slots of a doctor, each with whether it is free. Raises Http404."""
    if not DOCTORS.filter(pk=pk).exists():
        raise Http404
    found = _windows(pk, first, last)
    if not found:
        return []
    booked = Appointment.objects.filter(
        doctor=pk, status__in=HOLDING, starts_at__gte=found[0][0], starts_at__lte=found[-1][0]
    )
    taken, now = Counter(booked.values_list("starts_at", flat=True)), timezone.now()
    return [_slot(at, until, block, taken[at], now) for at, until, block in found]


def _windows(pk: int, first: date, last: date) -> list[Window]:
    """The slots of a doctor, free or not: when each begins and ends, and its block."""
    hours = list(DoctorAvailability.objects.filter(doctor=pk).order_by("weekday", "start"))
    days = [first + timedelta(days=at) for at in range((last - first).days + 1)]
    periods = list(HoursPeriod.objects.filter(doctor=pk, last__gte=first).prefetch_related("blocks"))
    closed = ClosedDay.objects.filter(closes=True, last__gte=first, first__lte=last, clinic__availability__doctor=pk)
    shut = {(row.clinic_id, day) for row in closed.distinct() for day in days if row.first <= day <= row.last}
    return [
        (at, until, block)
        for day in days
        for block in _blocks(hours, periods, day)
        if (block.clinic_id, day) not in shut
        for at, until in _times(block, day)
    ]


def _slot(at: datetime, until: datetime, block: Block, taken: int, now: datetime) -> Slot:
    left = max(0, (block.capacity or 1) - taken)
    return {
        "date": f"{at:%Y-%m-%d}",
        "time": f"{at:%H:%M}",
        "starts_at": at,
        "ends_at": until,
        "available": at > now and left > 0,
        "by_serial": block.capacity is not None,
        "capacity": block.capacity or 1,
        "places_left": left,
    }


def _blocks(hours: list[DoctorAvailability], periods: list[HoursPeriod], day: date) -> list[Block]:
    """The blocks of a day: those of the shortest period that holds it, else the weekly ones."""
    there = [period for period in periods if period.first <= day <= period.last]
    period = min(there, key=lambda period: period.last - period.first, default=None)
    blocks: list[Block] = list(hours) if period is None else sorted(period.blocks.all(), key=lambda block: block.start)
    return [block for block in blocks if block.weekday == day.weekday()]


def _times(block: Block, day: date) -> Iterator[tuple[datetime, datetime]]:
    """When the slots of a block begin and end; a block by serial is one."""
    start = timezone.make_aware(datetime.combine(day, block.start))
    end = timezone.make_aware(datetime.combine(day, block.end))
    if end <= start:
        end += timedelta(days=1)
    length = end - start if block.capacity else timedelta(minutes=block.slot_minutes)
    while start + length <= end:
        yield start, start + length
        start += length + timedelta(minutes=block.buffer_minutes)


@transaction.atomic
def book(*, patient: User, doctor: int, day: date, at: time, reason: str) -> Appointment:
    """Book a free slot: the doctor is locked, and slot and visit are saved one by one. Raises Conflict and Http404."""
    row = DOCTORS.select_for_update(of=("self",)).filter(pk=doctor).first()
    if row is None:
        raise Http404
    starts_at = timezone.make_aware(datetime.combine(day, at))
    found = _windows(doctor, day - timedelta(days=1), day)  # hours may go on after midnight
    window = next((one for one in found if one[0] == starts_at), None)
    if window is None:
        raise Conflict
    _start, ends_at, block = window
    holding = Appointment.objects.filter(status__in=HOLDING, starts_at__lt=ends_at, ends_at__gt=starts_at)
    places = holding.filter(doctor=row).count()
    if places >= (block.capacity or 1) or holding.filter(patient=patient).exists():
        raise Conflict
    slot, _is_new = AppointmentSlot.objects.get_or_create(
        doctor=row, starts_at=starts_at, defaults={"ends_at": ends_at, "clinic_id": block.clinic_id}
    )
    return Appointment.objects.create(
        number=new_number(timezone.now()),
        serial=1 + [start for start, _end, one in found if one == block].index(starts_at),
        place=places + 1,
        is_by_serial=block.capacity is not None,
        patient=patient,
        doctor=row,
        slot=slot,
        clinic_id=block.clinic_id,
        starts_at=starts_at,
        ends_at=ends_at,
        fee=row.fees,
        reason=reason,
    )
