"""The slots of a doctor's working hours, and which of them are free."""

from bisect import bisect_left
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from typing import NamedTuple

from django.conf import settings
from django.db.models import prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext as _

from shs.appointment.errors import NotASlot
from shs.appointment.models import LONGEST, Appointment
from shs.core.errors import Invalid
from shs.core.queries import KeptQuery
from shs.doctors.models import DoctorAvailability, DoctorInformation, TimeOff
from shs.doctors.models.hours import at_wall_clock


class Opening(NamedTuple):
    """One slot of a doctor's working hours; `serial` counts the slots of the day from 1."""

    starts_at: datetime
    ends_at: datetime
    serial: int
    clinic_id: int | None


def openings(doctor: DoctorInformation, day: date) -> list[Opening]:
    """All slots of a doctor's working hours on `day` in order, whether or not they are booked or in time off."""
    return openings_of(doctor.availability.all(), day)


def openings_of(blocks: Iterable[DoctorAvailability], day: date) -> list[Opening]:
    """As `openings`, of the weekly blocks of one doctor."""
    found = []
    for block in blocks:
        if block.weekday != day.weekday():
            continue
        for clock in block.clocks():
            starts_at = at_wall_clock(day, clock)
            if starts_at is not None:
                found.append((starts_at, starts_at + timedelta(minutes=block.slot_minutes), block.clinic_id))
    return [
        Opening(*slot[:2], serial, slot[2]) for serial, slot in enumerate(sorted(found, key=lambda s: s[0]), start=1)
    ]


def slots_of(*, doctor_id: int, first: date, last: date, now: datetime) -> list[tuple[Opening, bool]]:
    """The slots of a doctor from `first` to `last` (at most 31 days), each with whether it can be booked."""
    if last < first:
        raise Invalid(_("The end date is before the start date."), field="to")
    if (last - first).days >= 31:
        raise Invalid(_("Request at most 31 days at a time."), field="to")
    blocks = DoctorAvailability.of_doctor(doctor_id)
    days = [first + timedelta(days=at) for at in range((last - first).days + 1)]
    found = [opening for day in days for opening in openings_of(blocks, day)]
    if not found:
        return []
    busy = Busy(busy_times(doctor_id, found[0].starts_at, found[-1].ends_at))
    latest = latest_start(now)
    return [(opening, now < opening.starts_at < latest and not busy.meets(opening)) for opening in found]


def first_free(*, doctors: list[DoctorInformation], days: int, now: datetime) -> dict[int, datetime]:
    """Doctor id → start of the first bookable slot within `days` days from today; doctors without one are left out.
    Three queries."""
    today, latest = timezone.localdate(now), min(latest_start(now), now + timedelta(days=days))
    prefetch_related_objects(doctors, "availability")
    taken: dict[int, list[tuple[datetime, datetime]]] = {doctor.pk: [] for doctor in doctors}
    visits = Appointment.objects.meeting(now, latest)
    for rows in (visits, TimeOff.objects.meeting(now, latest)):
        for pk, start, end in rows.filter(doctor__in=taken).values_list("doctor", "starts_at", "ends_at"):
            taken[pk].append((start, end))
    found = {}
    for doctor in doctors:
        busy = Busy(taken[doctor.pk])
        coming = (opening for day in range(days) for opening in openings(doctor, today + timedelta(days=day)))
        free = (o.starts_at for o in coming if now < o.starts_at < latest and not busy.meets(o))
        if (first := next(free, None)) is not None:
            found[doctor.pk] = first
    return found


class Busy:
    """Periods, asked for each slot whether any of them overlaps it; they may overlap each other."""

    def __init__(self, periods: list[tuple[datetime, datetime]]) -> None:
        periods = sorted(periods)
        self.starts = [start for start, _end in periods]
        # The latest end of the first periods, as many as there are starts before.
        self.latest = list(accumulate((end for _start, end in periods), max))

    def meets(self, opening: Opening) -> bool:
        """Whether a period overlaps the slot."""
        before = bisect_left(self.starts, opening.ends_at)
        return before > 0 and self.latest[before - 1] > opening.starts_at


VISITS_OF_DOCTOR = KeptQuery(
    lambda doctor, start, end, since: (
        Appointment.objects.meeting(start, end, since).filter(doctor=doctor).values("starts_at", "ends_at")
    )
)
AWAY = KeptQuery(
    lambda doctor, start, end: TimeOff.objects.meeting(start, end).filter(doctor=doctor).values("starts_at", "ends_at")
)


def busy_times(doctor_id: int, starts_at: datetime, ends_at: datetime) -> list[tuple[datetime, datetime]]:
    """The periods between two instants in which a doctor is booked or off."""
    visits = VISITS_OF_DOCTOR.rows(doctor=doctor_id, start=starts_at, end=ends_at, since=starts_at - LONGEST)
    away = AWAY.rows(doctor=doctor_id, start=starts_at, end=ends_at)
    return [(row["starts_at"], row["ends_at"]) for row in (*visits, *away)]


def latest_start(now: datetime) -> datetime:
    """The end of the last bookable day."""
    last = timezone.localdate(now) + timedelta(days=settings.BOOKING_HORIZON_DAYS + 1)
    return timezone.make_aware(datetime.combine(last, time.min))


def opening_at(doctor: DoctorInformation, day: date, clock: time, now: datetime) -> Opening:
    """The slot of `doctor` at a wall-clock time. Raises NotASlot and Invalid (422)."""
    starts_at = at_wall_clock(day, clock)
    if starts_at is None:
        raise Invalid(_("This time does not exist on that day: the clocks are put forward."), field="time")
    if starts_at <= now:
        raise Invalid(_("This time has passed."), field="date")
    if starts_at >= latest_start(now):
        raise Invalid(
            _("Visits can be booked at most %(days)s days ahead.") % {"days": settings.BOOKING_HORIZON_DAYS},
            field="date",
        )
    for opening in openings(doctor, day):
        if opening.starts_at == starts_at:
            if doctor.times_off.meeting(opening.starts_at, opening.ends_at).exists():
                raise NotASlot(_("The doctor is away at that time."), field="time")
            return opening
    raise NotASlot(_("The doctor has no slot at that time. Choose one of the free times."), field="time")
