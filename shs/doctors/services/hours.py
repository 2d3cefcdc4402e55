"""Working hours and time off."""

from datetime import datetime, time
from typing import TypedDict

from django.db import transaction
from django.utils.translation import gettext as _

from shs.core.errors import Invalid
from shs.core.records.transitions import lock
from shs.doctors.models import DoctorAvailability, DoctorInformation, TimeOff
from shs.doctors.services.profile import refresh_derived


class Block(TypedDict):
    """Working hours of one weekday (0 is Monday), from `start` to `end`."""

    weekday: int
    start: time
    end: time
    slot_minutes: int
    clinic_id: int | None


def set_hours(*, doctor: DoctorInformation, blocks: list[Block]) -> list[DoctorAvailability]:
    """Replace the weekly working hours. Raises Invalid (422), and changes nothing, for blocks that overlap, end before
    they start, are shorter than a visit, or are at a clinic that is not the doctor's."""
    clinics = set(doctor.clinics.values_list("pk", flat=True))
    rows = [DoctorAvailability(doctor=doctor, **block) for block in blocks]
    for at, row in enumerate(rows):
        if not row.place(clinics):
            raise Invalid(_("You do not work at this clinic."), field=f"{at}.clinic")
        _require_sane(row, rows[:at], at)
    with transaction.atomic():
        lock(doctor)
        for old in doctor.availability.all():
            old.delete()
        for row in rows:
            row.save()
        refresh_derived(doctor)
    return sorted(rows, key=lambda row: (row.weekday, row.start))


def _require_sane(row: DoctorAvailability, before: list[DoctorAvailability], at: int) -> None:
    if row.end <= row.start:
        raise Invalid(_("The end must be after the start."), field=f"{at}.end")
    if not row.clocks():
        raise Invalid(_("The working hours are shorter than one visit."), field=f"{at}.slot_minutes")
    if any(row.weekday == other.weekday and row.start < other.end and row.end > other.start for other in before):
        raise Invalid(_("These working hours overlap others of the same day."), field=f"{at}.start")


def add_time_off(*, doctor: DoctorInformation, starts_at: datetime, ends_at: datetime, reason: str = "") -> TimeOff:
    """Add time off from `starts_at` to `ends_at`; booked visits stay until somebody moves them."""
    if ends_at <= starts_at:
        raise Invalid(_("The end of the time off must be after its start."), field="ends_at")
    return TimeOff.objects.create(doctor=doctor, starts_at=starts_at, ends_at=ends_at, reason=reason)
