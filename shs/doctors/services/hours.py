"""Working hours and time off."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import NotRequired, TypedDict, TypeVar

from django.db import transaction
from django.utils.translation import gettext as _

from shs.core.errors import Invalid
from shs.core.records.constraints import in_week, meet_in_week
from shs.core.records.transitions import lock
from shs.doctors.models import DoctorAvailability, DoctorInformation, HoursBlock, HoursPeriod, PeriodBlock, TimeOff
from shs.doctors.models.hours import LONGEST_PERIOD, place
from shs.doctors.services.derived import refresh_derived


class Block(TypedDict):
    """Working hours of one weekday (0 is Monday), from `start` to `end`; with a `capacity` by serial."""

    weekday: int
    start: time
    end: time
    slot_minutes: int
    clinic_id: int | None
    buffer_minutes: NotRequired[int]
    capacity: NotRequired[int | None]


Row = TypeVar("Row", DoctorAvailability, PeriodBlock)


def set_hours(*, doctor: DoctorInformation, blocks: list[Block]) -> list[DoctorAvailability]:
    """Replace the weekly working hours. Raises Invalid (422), and changes nothing, for blocks that overlap, end when
    they start, are shorter than a visit, or are at a clinic that is not the doctor's."""
    rows = week_of(doctor, blocks)
    with transaction.atomic():
        lock(doctor)
        for old in doctor.availability.all():
            old.delete()
        for row in rows:
            row.save()
        refresh_derived(doctor)
    return sorted(rows, key=lambda row: (row.weekday, row.start))


def week_of(doctor: DoctorInformation, blocks: list[Block]) -> list[DoctorAvailability]:
    """The unsaved rows of the weekly hours `blocks`. Raises as `set_hours`."""
    return _checked(doctor, [DoctorAvailability(doctor=doctor, **block) for block in blocks])


def period_of(
    doctor: DoctorInformation, first: date, last: date, reason: str, blocks: list[Block], row: HoursPeriod | None = None
) -> tuple[HoursPeriod, list[PeriodBlock]]:
    """The unsaved period (`row`, or a new one) from `first` to `last` with its `blocks`; without any the doctor does
    not work then. Raises Invalid (422) as `set_hours`, for a period that ends before it starts or lasts longer than a
    year, and for a weekday that does not occur in it."""
    if last < first:
        raise Invalid(_("The last day must not be before the first."), field="last")
    if last - first > LONGEST_PERIOD:
        raise Invalid(_("Temporary hours last at most a year. Change the weekly hours instead."), field="last")
    period = row or HoursPeriod(doctor=doctor)
    period.first, period.last, period.reason = first, last, reason
    rows = _checked(doctor, [PeriodBlock(period=period, **block) for block in blocks])
    for at, block in enumerate(rows):
        if block.weekday not in period.weekdays():
            raise Invalid(_("This weekday does not occur in the period."), field=f"hours.{at}.weekday")
    same = HoursPeriod.objects.filter(doctor=doctor, first=first, last=last).exclude(pk=period.pk)
    if same.exists():
        raise Invalid(_("The doctor already has temporary hours for exactly these days. Change those."), field="first")
    return period, rows


def store_period(period: HoursPeriod, blocks: list[PeriodBlock]) -> HoursPeriod:
    """Store a period with these blocks instead of those that it had."""
    with transaction.atomic():
        lock(period.doctor)
        period.save()
        for old in period.blocks.all():
            old.delete()
        for row in blocks:
            row.period = period
            row.save()
    return period


def _checked(doctor: DoctorInformation, rows: list[Row]) -> list[Row]:
    clinics = set(doctor.clinics.values_list("pk", flat=True))
    for at, row in enumerate(rows):
        if not place(row, clinics):
            raise Invalid(_("You do not work at this clinic."), field=f"{at}.clinic")
        _require_sane(row, rows[:at], at)
    return rows


def _require_sane(row: HoursBlock, before: Sequence[HoursBlock], at: int) -> None:
    if fault := row.fault():
        raise Invalid(str(fault[1]), field=f"{at}.{fault[0]}")
    mine = in_week(row.weekday, row.start, row.end)
    if any(meet_in_week(mine, in_week(other.weekday, other.start, other.end)) for other in before):
        raise Invalid(_("These working hours overlap others of the same day."), field=f"{at}.start")


def add_time_off(*, doctor: DoctorInformation, starts_at: datetime, ends_at: datetime, reason: str = "") -> TimeOff:
    """Add time off from `starts_at` to `ends_at`; booked visits stay until somebody moves them."""
    if ends_at <= starts_at:
        raise Invalid(_("The end of the time off must be after its start."), field="ends_at")
    return TimeOff.objects.create(doctor=doctor, starts_at=starts_at, ends_at=ends_at, reason=reason)
