"""Working hours and time off. Applicants have hours too, and can be booked once approved. One doctor has an evening by
serial, one a night, and one other hours in Ramadan."""

import random
from datetime import datetime, time, timedelta

from django.utils import timezone

from shs.core.dates import midnight
from shs.core.seeding.marks import SHOWN, chance, number_of
from shs.core.seeding.stories import Story, store, told
from shs.doctors.demo.practices import TIME_OFF
from shs.doctors.holidays import coming
from shs.doctors.models import DoctorAvailability, DoctorInformation, HoursPeriod, PeriodBlock, TimeOff, Weekday

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
        number = number_of(doctor.user.demo_name)
        dice = chance(seed, "hours", number)
        blocks = _draw_week(doctor, number, dice)
        hours += [told(block, doctor.submitted_at, doctor.user) for block in blocks]
        if doctor.is_approved and number % 4 == 0:
            away += [_draw_time_off(doctor, days, dice, now) for days in (-12, 9)]
    approved = [doctor for doctor in doctors if doctor.is_approved and number_of(doctor.user.demo_name) != SHOWN]
    if approved and not HoursPeriod.history.exists():
        hours += _special_blocks(approved, [story.row for story in hours])
    store(hours)
    store(away)
    if approved and not HoursPeriod.history.exists():
        _add_ramadan(approved[2 % len(approved)], now)


def _special_blocks(
    doctors: list[DoctorInformation], week: list[DoctorAvailability]
) -> list[Story[DoctorAvailability]]:
    """An evening by serial of the first of `doctors`, and a night of the second, each after the last hours of its
    day."""
    found = []
    kinds = [({"capacity": 12, "slot_minutes": 15}, time(0)), ({"slot_minutes": 20}, time(1))]
    for doctor, (fields, end) in zip((doctors * 2)[:2], kinds, strict=True):
        mine = [block for block in week if block.doctor == doctor]
        weekday = mine[-1].weekday if fields.get("capacity") else mine[0].weekday
        block = DoctorAvailability(
            doctor=doctor, clinic=mine[0].clinic, weekday=weekday, start=time(21), end=end, **fields
        )
        found.append(told(block, doctor.submitted_at, doctor.user))
    return found


def _add_ramadan(doctor: DoctorInformation, now: datetime) -> None:
    """The hours of a doctor in the next Ramadan: the 29 days before Eid al-Fitr, every day but Friday."""
    today = timezone.localdate(now)
    feasts = [holiday.day for holiday in coming(today) if holiday.name.startswith("Eid al-Fitr")]
    eid = min(feasts, default=today + timedelta(days=100))
    entered = now.replace(microsecond=0) - timedelta(days=5)
    first, last = eid - timedelta(days=29), eid - timedelta(days=1)
    (period,) = store(
        [told(HoursPeriod(doctor=doctor, first=first, last=last, reason="Ramadan"), entered, doctor.user)]
    )
    times = ((time(10), time(14)), (time(20), time(22)))
    store(
        [
            told(
                PeriodBlock(
                    period=period, clinic=doctor.clinics.first(), weekday=day, start=start, end=end, slot_minutes=20
                ),
                entered,
                doctor.user,
            )
            for day in WEEK
            for start, end in times
        ]
    )


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
    starts_at = midnight(first)
    row = TimeOff(
        doctor=doctor,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(days=dice.randint(2, 4)),
        reason=dice.choice(TIME_OFF),
    )
    return told(row, now.replace(microsecond=0) - timedelta(days=25, hours=dice.randint(0, 200)), doctor.user)
