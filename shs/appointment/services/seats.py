"""Finds a place for a walk-in."""

from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from shs.appointment.errors import NotASlot
from shs.appointment.models import Appointment
from shs.appointment.services.slots import Busy, busy_times, free_place, taken_of
from shs.core.dates import midnight
from shs.doctors.models import Clinic, DoctorInformation
from shs.doctors.timetable import Opening, Timetable
from shs.users.models import User

DAY = timedelta(days=1)
EXTRA_STEP = timedelta(minutes=5)
"""An extra visit starts at a multiple of this after the hour: 10:05, not 10:03."""

AFTER_NIGHT = timedelta(hours=2)
"""After hours over midnight extra visits are possible so long; else until midnight."""


class Seat(NamedTuple):
    """A slot, and the `place` in it, from 1: fixed times have one. `extra_serial`: the serial of a visit beside the
    regular ones."""

    opening: Opening
    place: int = 1
    extra_serial: int = 0

    @property
    def serial(self) -> int:
        """The number in the doctor's day: in a window that begins it, the place."""
        return self.extra_serial or self.opening.serial + self.place - 1


def seat_for_walk_in(doctor: DoctorInformation, patient: User, clinic: Clinic, now: datetime) -> tuple[Seat, bool]:
    """The next free place at `clinic` in the working day of `now`, or an extra one, and whether it is extra. Raises
    NotASlot (422)."""
    today = timezone.localdate(now)
    timetable = Timetable.of_doctor(doctor.pk, since=today - DAY)
    day = _working_day(timetable, clinic, now)
    hours = timetable.working_day(day)
    here = [opening for opening in hours if opening.clinic_id == clinic.pk]
    if not here:
        raise NotASlot(_("The doctor does not work at this clinic today."), field="doctor")
    night, last = midnight(day + DAY), max(opening.ends_at for opening in here)
    end = last + AFTER_NIGHT if last > night else night
    engaged = engaged_times(patient, here[0].starts_at, end)
    taken, busy = taken_of(doctor.pk, here[0].starts_at, end, now), Busy(engaged)
    last_window = None
    for opening in here:
        if busy.meets(opening) or (opening.ends_at <= now if opening.is_by_serial else opening.starts_at < now):
            continue
        if taken.left(opening):
            return Seat(opening, free_place(opening, taken.places.get(opening.starts_at, ())) or 1), False
        if opening.is_by_serial and not taken.away.meets(opening):
            last_window = last_window or opening
    serial = _last_serial(doctor, timetable, day) + 1
    if last_window is not None:
        place = free_place(last_window, taken.places[last_window.starts_at], is_extra=True) or 1
        return Seat(last_window, place, serial), True
    others = [slot for slot in hours if slot.clinic_id != clinic.pk] + timetable.working_day(day + DAY)
    elsewhere = [(opening.starts_at, opening.ends_at) for opening in others]
    windows = [(opening.starts_at, opening.ends_at) for opening in here if opening.is_by_serial]
    away = [*busy_times(doctor.pk, here[0].starts_at, end, now), *engaged, *elsewhere, *windows]
    length = _length(here[-1])
    return Seat(_extra_time(away, max(_on_the_step(now), here[0].starts_at), length, end, clinic, day), 1, serial), True


def _working_day(timetable: Timetable, clinic: Clinic, now: datetime) -> date:
    """The working day that is on at `now`: that of yesterday until its last block after midnight is over."""
    today = timezone.localdate(now)
    if any(
        shift.ends_at > now and shift.clinic_id == clinic.pk and not timetable.is_closed(shift)
        for shift in timetable.shifts(today - DAY)
    ):
        return today - DAY
    return today


def _extra_time(
    taken: list[tuple[datetime, datetime]],
    earliest: datetime,
    length: timedelta,
    until: datetime,
    clinic: Clinic,
    day: date,
) -> Opening:
    """The first time from `earliest` on that no period in `taken` overlaps."""
    occupied = Busy(taken)
    for starts_at in sorted({earliest, *(end for _start, end in taken if end > earliest)}):
        extra = Opening(starts_at, starts_at + length, 0, clinic.pk, day)
        if extra.ends_at <= until and not occupied.meets(extra):
            return extra
    raise NotASlot(_("The doctor has no free slots left today."), field="doctor")


def _length(opening: Opening) -> timedelta:
    """How long an extra visit is: as the others; beside a window by serial as one patient of it."""
    length = opening.ends_at - opening.starts_at
    return length / opening.capacity if opening.capacity else length


def _on_the_step(now: datetime) -> datetime:
    """The next instant that is a multiple of EXTRA_STEP after midnight."""
    start = midnight(timezone.localdate(now))
    return start - (start - now) // EXTRA_STEP * EXTRA_STEP


def engaged_times(patient: User, starts_at: datetime, ends_at: datetime) -> list[tuple[datetime, datetime]]:
    """The periods of a patient's active visits between two instants."""
    visits = Appointment.objects.meeting(starts_at, ends_at).filter(patient=patient)
    return list(visits.values_list("starts_at", "ends_at"))


def _last_serial(doctor: DoctorInformation, timetable: Timetable, day: date) -> int:
    """The highest serial of a working day, of its regular slots and of extra visits. Cancelled visits count too, so
    that no two patients have the same number."""
    shifts = timetable.shifts(day)
    begin = min(midnight(day), *(shift.starts_at for shift in shifts))
    end = max(midnight(day + DAY), *(shift.ends_at for shift in shifts))
    late = [shift.ends_at for shift in timetable.shifts(day - DAY) if shift.ends_at > begin]
    used = doctor.appointments.filter(starts_at__gte=max([begin, *late]), starts_at__lt=end)
    return max(timetable.last_serial(day), used.aggregate(last=Max("serial"))["last"] or 0)
