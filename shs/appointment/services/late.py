"""A doctor who is late today."""

from datetime import datetime, timedelta

from django.utils import timezone

from shs.appointment.models import Appointment, Lateness, on_day
from shs.appointment.notices import tell_expected
from shs.core.errors import Forbidden
from shs.core.grants.table import holds
from shs.core.records.transactions import atomic_with_retry
from shs.core.records.transitions import lock
from shs.doctors.models import DoctorInformation
from shs.users.models import User

DELAY = "appointment.delay_appointment"


@atomic_with_retry
def say_late(*, doctor_id: int, clinic_id: int | None, minutes: int, by: User, now: datetime) -> int:
    """Shift by `minutes` (0: on time after all) what is expected of a doctor's visits of today that are not over, at a
    clinic (None: at all), and tell who waits or comes; returns how many were told. Said twice, it is told once. Visits
    that are booked for today from now on are shifted, too. Raises Forbidden (403) for others than desks and doctors.
    Locks the doctor, as a booking does, so that none of them is left out."""
    if not holds(by, DELAY):
        raise Forbidden
    today = timezone.localdate(now)
    DoctorInformation.objects.select_for_update(of=("self",)).get(pk=doctor_id)
    Lateness.objects.create(doctor_id=doctor_id, clinic_id=clinic_id, day=today, minutes=minutes, by=by, said_at=now)
    rows = Appointment.objects.allowed(by, "delay").filter(on_day(today), doctor=doctor_id)
    if clinic_id is not None:
        rows = rows.filter(clinic=clinic_id)
    told, delay = 0, timedelta(minutes=minutes)
    for visit in rows.live().filter(without_doctor_since=None).order_by("starts_at", "pk"):
        lock(visit)
        expected = visit.starts_at + delay if minutes else None
        is_coming = visit.waits or visit.ends_at + delay > now
        if is_coming and visit.expected_at != expected:
            visit.expect(expected)
            tell_expected(visit, minutes, now)
            told += 1
    return told


def expected_at(doctor_id: int, clinic_id: int | None, starts_at: datetime, now: datetime) -> datetime | None:
    """When a visit of today is expected to begin if its doctor is late; None if they are not, or on another day."""
    day = timezone.localdate(starts_at)
    if day != timezone.localdate(now):
        return None
    delay = Lateness.objects.filter(doctor=doctor_id).delays(day, clinic_id).get(doctor_id)
    return starts_at + delay if delay else None
