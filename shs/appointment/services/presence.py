"""Whether a doctor was there, which decides whether a patient who did not come has missed a visit."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Q
from django.utils import timezone

from shs.appointment.models import Appointment, Status
from shs.appointment.services.sessions import was_begun
from shs.core.dates import midnight
from shs.doctors.timetable import Timetable


class Block(NamedTuple):
    """Working hours of one day, [starts_at, ends_at), at a clinic (None: wherever the doctor works)."""

    clinic_id: int | None
    starts_at: datetime
    ends_at: datetime


def block_of(visit: Appointment, hours: Timetable) -> Block:
    """The working hours in which a visit lies: one block of its doctor's `hours`. Of a visit outside of them, the
    day."""
    shift = hours.shift_at(visit.starts_at, visit.clinic_id)
    if shift is not None:
        return Block(visit.clinic_id, shift.starts_at, shift.ends_at)
    day = timezone.localdate(visit.starts_at)
    return Block(visit.clinic_id, midnight(day), midnight(day + timedelta(days=1)))


def was_present(doctor_id: int, block: Block) -> bool:
    """Whether the doctor was there in these hours: a session was begun, a visit of them was completed, or its patient
    was checked in and not sent away."""
    seen = Q(status=Status.COMPLETED) | Q(status=Status.CONFIRMED, checked_in_at__isnull=False)
    within = Appointment.objects.filter(
        seen, doctor=doctor_id, starts_at__gte=block.starts_at, starts_at__lt=block.ends_at
    )
    if within.filter(clinic=block.clinic_id).exists():
        return True
    return was_begun(doctor_id, block.clinic_id, block.starts_at, block.ends_at)
