"""Visits before and after today, at slots of the working hours."""

import random
from collections import defaultdict
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from django.conf import settings
from django.utils import timezone

from shs.appointment.demo.cases import cases_for
from shs.appointment.demo.diary import Diary
from shs.appointment.models import Appointment, AppointmentSlot, CancelCode, CancelledBy, Identity, Status
from shs.appointment.services import Opening
from shs.core.seeding.marks import SHOWN, chance, number_of
from shs.core.seeding.rows import Demo
from shs.core.seeding.stories import Step, Story, store, told
from shs.doctors.demo.clinics import desk_workers
from shs.doctors.models import DoctorInformation
from shs.users.models import User
from shs.users.seeding import Portion

NOTES = (
    "Seen and examined. Advice given, return if it gets worse.",
    "Improving. Continue as before, next visit in four weeks.",
    "Tests asked for; to come back with the results.",
    "Findings explained. Patient understands the plan.",
)
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
MOST_A_PATIENT = 512
# Each patient has a few visits in the two years before the network's days; their counts start here. Other visits are
# counted by day; the count restarts after OLDER days, so that count and day together identify a visit.
OLDER, MOST_OLDER, TWO_YEARS = 508, 4, timedelta(days=730)
RATE = (0.04, 0.2)  # visits of a patient a day
# Of a hundred visits: outcome of past visits, state of upcoming ones.
OVER = {Status.COMPLETED: 80, Status.CANCELLED: 11, Status.MISSED: 9}
TO_COME = {Status.CONFIRMED: 58, Status.PENDING: 34, Status.CANCELLED: 8}


def reach(days: int, now: datetime) -> tuple[date, date]:
    """The first and last of `days` days around today, not later than can be booked."""
    today = timezone.localdate(now)
    ahead = min(days - days // 2 - 1, settings.BOOKING_HORIZON_DAYS)
    return today - timedelta(days=days - 1 - ahead), today + timedelta(days=ahead)


class Diaries(NamedTuple):
    """The diary of the days around today, and that of the two years before."""

    recent: Diary
    older: Diary


def read_diaries(demo: Demo) -> Diaries:
    """The doctors' free slots, in the days of this run and in the years before."""
    first, last = reach(demo.size.days, demo.now)
    older = Diary(first - TWO_YEARS, first - timedelta(days=1), demo.seed)
    return Diaries(Diary(first, last, demo.seed), older)


def _read_desks(demo: Demo) -> dict[int, User]:
    return desk_workers()


def add_visits(portion: Portion, demo: Demo) -> list[Appointment]:
    """Create the patients' missing visits. A visit is left out if the doctor has no free slot in all these days."""
    diaries, desks = demo.once(read_diaries), demo.once(_read_desks)
    if not diaries.recent.doctors:
        return []
    there = _booked(portion.patients)
    planned = [visit for patient in portion.patients for visit in _plan(patient, there, diaries, demo.seed, demo.now)]
    stories = [_story(visit, desks, demo.seed, demo.now) for visit in planned]
    store([told(story.row.slot, story.steps[0].when) for story in stories])
    return sorted(store(stories), key=lambda visit: visit.starts_at)


def _booked(patients: list[User]) -> dict[str, list[date]]:
    """Last part of a visit's number → days in these numbers, for all visits of `patients`. The day is that of booking,
    at most some weeks before the visit."""
    there: dict[str, list[date]] = defaultdict(list)
    for number in Appointment.objects.filter(patient__in=patients).values_list("number", flat=True):
        _kind, day, tail = number.split("-")
        there[tail].append(date.fromisoformat(day))
    return there


# --- Planning --------------------------------------------------------------------------------------------------------


class Planned(NamedTuple):
    """A planned visit, with the last part of its number; `dice` decides its course."""

    tail: str
    patient: User
    doctor: DoctorInformation
    opening: Opening
    dice: random.Random
    is_older: bool


def _plan(patient: User, there: dict[str, list[date]], diaries: Diaries, seed: int, now: datetime) -> list[Planned]:
    """The missing visits of a patient. A visit is identified by its number, which never changes; `there` holds the
    existing ones."""
    me = number_of(patient.demo_name)
    dice = chance(seed, "patient's doctors", me)
    doctors = diaries.recent.choose_doctors(patient, dice)
    rate = RATE[1] if me == SHOWN else dice.uniform(*RATE)
    older = dice.randint(0, MOST_OLDER) if me != SHOWN else MOST_OLDER
    planned = []
    for count in range(OLDER, OLDER + older):
        if tail_of(me, count) not in there:
            dice = chance(seed, "visit", me, count)
            doctor = doctors[0] if count == OLDER else dice.choice(doctors)
            planned.append(_plan_one(patient, count, doctor, diaries.older, _any_day(diaries.older, dice), dice))
    for day in _days_of(me, rate, diaries.recent, there, seed, now):
        count = day.toordinal() % OLDER
        if not any(abs(day - other).days < OLDER / 2 for other in there.get(tail_of(me, count), ())):
            dice = chance(seed, "visit", me, day)
            planned.append(_plan_one(patient, count, dice.choice(doctors), diaries.recent, day, dice))
    return [visit for visit in planned if visit]


def _plan_one(
    patient: User, count: int, doctor: DoctorInformation, diary: Diary, day: date, dice: random.Random
) -> Planned | None:
    """A visit on `day` or near it; None if the doctor has no free slot then or was not verified yet."""
    opening = diary.take(doctor, patient.pk, day, dice) if doctor.pk in diary.fame else None
    if opening is None:
        return None
    return Planned(tail_of(number_of(patient.demo_name), count), patient, doctor, opening, dice, count >= OLDER)


def _any_day(diary: Diary, dice: random.Random) -> date:
    return diary.first + timedelta(days=dice.randint(0, (diary.last - diary.first).days))


def tail_of(patient: int, count: int) -> str:
    """Six letters for the visit `count` of a patient, without repetition: multiplying by an odd factor modulo 2^30 is
    one-to-one."""
    rest = (patient * MOST_A_PATIENT + count) * 741_103_597 % 2**30
    return "".join(LETTERS[rest >> shift & 31] for shift in range(25, -1, -5))


def _days_of(me: int, rate: float, diary: Diary, there: dict[str, list[date]], seed: int, now: datetime) -> list[date]:
    """The days of this patient's visits, at least one on the first run. Half of all visits are near today. Each day has
    a fixed random number, so that a later run chooses the same days again, and some more: days that were out of range
    before or are nearer now."""
    today = timezone.localdate(now)
    before, after = (today - diary.first).days + 1, (diary.last - today).days + 1
    length = before + after - 1
    luck = {}
    for day in (diary.first + timedelta(days=at) for at in range(length)):
        away = (day - today).days
        nearness = 1 - (away / after if away > 0 else -away / before)
        luck[day] = _luck(seed, me, day) / (rate * (0.5 + nearness))
    found = [day for day in luck if luck[day] < 1]
    if not found and not any(tail_of(me, count) in there for count in range(OLDER)):
        return [min(luck, key=luck.__getitem__)]
    return found


def _luck(seed: int, me: int, day: date) -> float:
    """A random number between 0 and 1 for a day; drawn for thirty-two days at once, because creating a generator is
    slow."""
    block, at = divmod(day.toordinal(), 32)
    return _lucks(seed, me, block)[at]


@lru_cache(maxsize=64)
def _lucks(seed: int, me: int, block: int) -> list[float]:
    dice = chance(seed, "days", me, block)
    return [dice.random() for _ in range(32)]


# --- What becomes of it ----------------------------------------------------------------------------------------------


def _story(visit: Planned, desks: dict[int, User], seed: int, now: datetime) -> Story[Appointment]:
    """The visit's steps from booking to its present state."""
    opening, doctor, dice = visit.opening, visit.doctor, visit.dice
    is_over = opening.ends_at <= now
    chances = OVER if is_over else TO_COME
    status = dice.choices(list(chances), list(chances.values()))[0]
    if visit.is_older:
        status = Status.COMPLETED
    if opening.starts_at <= now and not is_over:
        status = Status.CONFIRMED
    by_desk = dice.random() < 0.3 or not visit.patient.has_login
    desk = desks.get(opening.clinic_id or 0, doctor.user) if by_desk else None
    place = {"clinic_id": opening.clinic_id, "starts_at": opening.starts_at, "ends_at": opening.ends_at}
    booked = _booked_at(opening, dice, now)
    row = Appointment(
        number=f"APT-{timezone.localtime(booked):%Y%m%d}-{visit.tail}",
        serial=opening.serial,
        patient=visit.patient,
        doctor=doctor,
        slot=AppointmentSlot(doctor=doctor, **place),
        source=Appointment.Source.DESK if desk else Appointment.Source.APP,
        identity=Identity.DOCUMENT if desk else Identity.APP,
        fee=doctor.fees,
        reason=_reason(visit, seed),
        **place,
    )
    steps = [Step(booked, desk or visit.patient, "booked", {"status": Status.PENDING})]
    steps += _steps(row, status, booked, dice, now)
    return Story(row, _with_check_in(row, steps, desks.get(opening.clinic_id or 0), now))


def _with_check_in(row: Appointment, steps: list[Step], desk: User | None, now: datetime) -> list[Step]:
    """Of today's expected patients, three in four come a little early and are checked in."""
    came = row.starts_at - timedelta(minutes=5 + row.serial % 4 * 6)
    is_today = timezone.localdate(row.starts_at) == timezone.localdate(now)
    expected = [step for step in steps if step.changes.get("status") == Status.CONFIRMED and step.when < came]
    stays_away = row.serial % 4 == 3 or steps[-1].changes["status"] in {Status.CANCELLED, Status.MISSED}
    if not (desk and expected and is_today and came < now) or stays_away:
        return steps
    return sorted([*steps, Step(came, desk, "checked in", {"checked_in_at": came})], key=lambda step: step.when)


def _booked_at(opening: Opening, dice: random.Random, now: datetime) -> datetime:
    """When the visit was booked: up to two weeks before it, always before now."""
    ahead = opening.starts_at - timedelta(minutes=dice.randint(60, 14 * 24 * 60))
    return min(ahead, now.replace(microsecond=0) - timedelta(minutes=dice.randint(5, 4 * 24 * 60)))


def _steps(row: Appointment, status: str, booked: datetime, dice: random.Random, now: datetime) -> list[Step]:
    """The steps from requested to `status`."""
    between = min(row.starts_at, now) - booked
    confirmed = booked + between * dice.uniform(0.1, 0.5)
    opens = {"status": Status.CONFIRMED, "opens_until": row.closes_at()}
    steps = [Step(confirmed, row.doctor.user, "confirmed", opens)]
    match status:
        case Status.PENDING:
            return []
        case Status.CANCELLED:
            cancelled = booked + between * dice.uniform(0.6, 0.9)
            if row.ends_at <= now and row.serial % 6 == 0:
                left = {"status": status, "cancelled_by": CancelledBy.NOBODY, "cancel_code": CancelCode.NOT_ANSWERED}
                return [Step(row.ends_at, None, "nobody answered", left)]
            by = row.patient if row.patient.has_login else row.doctor.user
            side = CancelledBy.PATIENT if row.patient.has_login else CancelledBy.DOCTOR
            code = CancelCode.CANNOT_COME if row.patient.has_login else CancelCode.DOCTOR_AWAY
            said = {"status": status, "cancelled_by": side, "cancel_code": code}
            return [*steps, Step(cancelled, by, "cancelled", said)]
        case Status.MISSED:
            noticed = min(row.ends_at + timedelta(minutes=settings.MISSED_AFTER_MINUTES), now)
            return [*steps, Step(noticed, None, "nobody came", {"status": status})]
        case Status.COMPLETED:
            changes = {"status": status, "notes": dice.choice(NOTES)}
            return [*steps, Step(row.ends_at, row.doctor.user, "completed", changes)]
    return steps


def _reason(visit: Planned, seed: int) -> str:
    """The reason of the visit; mostly the same as at earlier visits to this doctor."""
    me = number_of(visit.patient.demo_name)
    reasons = [
        case.reason for case in cases_for(visit.doctor, visit.patient, timezone.localdate(visit.opening.starts_at))
    ]
    usual = chance(seed, "complaint", me, visit.doctor.license_number).choice(reasons)
    if me == SHOWN:
        return reasons[0]
    return usual if visit.dice.random() < 0.7 else visit.dice.choice(reasons)
