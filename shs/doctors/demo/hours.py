"""Working hours and time off. Applicants have hours too, and can be booked once approved."""

import random
from datetime import datetime, time, timedelta

from django.utils import timezone

from shs.core.seeding.marks import chance, number_of
from shs.core.seeding.stories import Story, store, told
from shs.doctors.demo.practices import TIME_OFF
from shs.doctors.models import DoctorAvailability, DoctorInformation, TimeOff, Weekday

SHIFTS = (
    [(time(9), time(13))],
    [(time(10), time(14))],
    [(time(16), time(20))],
    [(time(17), time(21))],
    [(time(9), time(12)), (time(17), time(20))],
)
WEEK = [weekday for weekday in Weekday if weekday != Weekday.FRIDAY]


def add_hours(doctors: list[DoctorInformation], *, seed: int, now: datetime) -> None:
    """Give each doctor weekly hours, and every fourth verified doctor two periods of time off: one past, one to
    come."""
    hours: list[Story[DoctorAvailability]] = []
    away: list[Story[TimeOff]] = []
    for doctor in doctors:
        number = number_of(doctor.user.email)
        dice = chance(seed, "hours", number)
        blocks = _draw_week(doctor, number, dice)
        hours += [told(block, doctor.submitted_at, doctor.user) for block in blocks]
        if doctor.is_approved and number % 4 == 0:
            away += [_draw_time_off(doctor, days, dice, now) for days in (-12, 9)]
    store(hours)
    store(away)


def _draw_week(doctor: DoctorInformation, number: int, dice: random.Random) -> list[DoctorAvailability]:
    """Five or six days from Saturday to Thursday; one in ten works on Fridays too, doctor 1 is one of them."""
    shifts = dice.choice(SHIFTS)
    free = dice.choice([*WEEK, None, None])
    week = list(Weekday) if number % 10 == 1 else [weekday for weekday in WEEK if weekday != free]
    clinic = doctor.clinics.first()
    minutes = dice.choice([15, 20, 20, 30])
    return [
        DoctorAvailability(doctor=doctor, clinic=clinic, weekday=weekday, start=start, end=end, slot_minutes=minutes)
        for weekday in week
        for start, end in shifts
    ]


def _draw_time_off(doctor: DoctorInformation, days: int, dice: random.Random, now: datetime) -> Story[TimeOff]:
    """Time off of two to four whole days, about `days` days from now."""
    first = timezone.localdate(now) + timedelta(days=days + dice.randint(0, 5))
    starts_at = timezone.make_aware(datetime.combine(first, time.min))
    row = TimeOff(
        doctor=doctor,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(days=dice.randint(2, 4)),
        reason=dice.choice(TIME_OFF),
    )
    return told(row, now.replace(microsecond=0) - timedelta(days=25, hours=dice.randint(0, 200)), doctor.user)
