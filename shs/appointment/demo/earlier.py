"""The waiting list: two patients who want to come earlier, and a time that is offered to one of them."""

from collections.abc import Iterator
from datetime import time, timedelta

from django.utils import timezone

from shs.appointment.models import Appointment, EarlierWish, Status
from shs.appointment.services import Suits, ask_earlier, free_for, offer_slot
from shs.core.seeding.rows import Demo
from shs.doctors.demo.clinics import desk_workers
from shs.users.seeding import made_users

BEFORE_WORK = Suits(from_time=time(6), to_time=time(8))
"""When the second one could come. Nobody works then, so that they stay on the list."""


def add_earlier(demo: Demo) -> int:
    """Let two patients of the first clinic with a desk wait, once; returns how many do."""
    if EarlierWish.history.filter(patient__in=made_users()).exists():
        return 0
    visits = list(_visits(demo))
    waiting = 0
    for suits in (Suits(), BEFORE_WORK):
        while visits:
            visit = visits.pop(0)
            if _wait(visit, suits, demo):
                waiting += 1
                break
    return waiting


def _visits(demo: Demo) -> Iterator[Appointment]:
    """Visits that could be moved forward, of different patients, soonest first."""
    rows = Appointment.objects.filter(
        clinic=min(desk_workers(), default=None),
        patient__in=made_users().filter(email__isnull=False),
        status=Status.CONFIRMED,
        without_doctor_since=None,
        starts_at__gt=demo.now + timedelta(days=2),
    )
    seen = set()
    for visit in rows.select_related("patient", "doctor", "clinic").order_by("starts_at", "pk")[:50]:
        if visit.patient_id not in seen:
            seen.add(visit.patient_id)
            yield visit


def _wait(visit: Appointment, suits: Suits, demo: Demo) -> bool:
    """Put a patient on the list, and offer the first free time if any time suits; whether there was one."""
    is_offered = suits != BEFORE_WORK
    probe = EarlierWish(
        patient=visit.patient,
        doctor=visit.doctor,
        clinic=visit.clinic,
        visit=visit,
        last_on=timezone.localdate(visit.starts_at),
    )
    free = free_for(probe, demo.now) if is_offered else []
    if is_offered and not free:
        return False
    wish = ask_earlier(patient=visit.patient, visit=visit, suits=suits, now=demo.now)
    for match in free[:1]:
        offer_slot(wish=wish, doctor_id=match.doctor.pk, starts_at=match.opening.starts_at, now=demo.now)
    return True
