"""Visits before and after today, at slots that follow from the working hours."""

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from shs.appointment.models import Appointment, AppointmentSlot, Status
from shs.appointment.services import Opening
from shs.demo.seed.charts import cases_for, read_charts
from shs.demo.seed.clinics import desk_workers
from shs.demo.seed.diary import Diary
from shs.demo.seed.marks import SHOWN, chance, number_of, numbered
from shs.demo.seed.prescriptions import add_prescriptions
from shs.demo.seed.records import add_findings, add_notes
from shs.demo.seed.reviews import add_reviews
from shs.demo.seed.stories import BATCH, Step, Story, store, told
from shs.demo.words.clinical import NOTES
from shs.doctors.models import DoctorInformation
from shs.users.models import Role, User

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
MOST_A_PATIENT = 128
# Each patient has a few visits in the two years before; they are counted from here on.
OLDER, MOST_OLDER, TWO_YEARS = 120, 4, timedelta(days=730)
MOST_RECENT = OLDER
# Of a hundred visits: how those that are over ended, and where those to come stand.
OVER = {Status.COMPLETED: 80, Status.CANCELLED: 11, Status.MISSED: 9}
TO_COME = {Status.CONFIRMED: 58, Status.PENDING: 34, Status.CANCELLED: 8}


class Added(NamedTuple):
    """How many rows were made."""

    visits: int = 0
    reviews: int = 0
    records: int = 0
    prescriptions: int = 0


def reach(days: int, now: datetime) -> tuple[date, date]:
    """The first and the last of `days` days around today, no later than can be booked."""
    today = timezone.localdate(now)
    ahead = min(days - days // 2 - 1, settings.BOOKING_HORIZON_DAYS)
    return today - timedelta(days=days - 1 - ahead), today + timedelta(days=ahead)


def add_visits(count: int, days: int, *, seed: int, now: datetime, say: Callable[[str], None]) -> Added:
    """Make those visits of the patients 1 to `count` that are missing, with what is written at them and afterwards.

    A visit for which the doctor has no free slot in all these days is left out.
    """
    first, last = reach(days, now)
    diaries = Diaries(Diary(first, last, seed), Diary(first - TWO_YEARS, first - timedelta(days=1), seed))
    desks = desk_workers()
    added = Added()
    for patients in _portions(count):
        visits = _add_portion(patients, days, diaries, desks, seed, now) if diaries.recent.doctors else []
        made = _add_writings(patients, visits, seed, now)
        added = Added(*map(sum, zip(added, made, strict=True)))
        if any(made):
            say(f"  visits of patients up to {number_of(patients[-1].email)}")
    return added


class Diaries(NamedTuple):
    """The diary of the days around today, and that of the two years before."""

    recent: Diary
    older: Diary


def _add_portion(
    patients: list[User], days: int, diaries: Diaries, desks: dict[int, User], seed: int, now: datetime
) -> list[Appointment]:
    booked = Appointment.objects.filter(patient__in=patients).values_list("number", flat=True)
    there = {number[-6:] for number in booked}
    planned = [visit for patient in patients for visit in _plan(patient, days, there, diaries, seed, now)]
    stories = [_story(visit, desks, seed, now) for visit in planned]
    store([told(story.row.slot, story.steps[0].when) for story in stories])
    return store(stories)


def _add_writings(patients: list[User], visits: list[Appointment], seed: int, now: datetime) -> Added:
    """The charts of `patients`, and the reviews and prescriptions of their new visits."""
    reviews = add_reviews(visits, seed=seed, now=now)
    charts = read_charts(patients)
    records = add_notes(charts, seed=seed, now=now)
    visits = sorted(visits, key=lambda visit: visit.starts_at)
    records += add_findings(visits, charts, seed=seed, now=now)
    return Added(len(visits), reviews, records, add_prescriptions(visits, charts, seed=seed, now=now))


def _portions(count: int) -> Any:
    """The active patients 1 to `count`, some hundred at a time."""
    patients = list(_patients().values_list("pk", "email"))
    numbered = sorted((number_of(email), pk) for pk, email in patients)
    wanted = [pk for number, pk in numbered if number <= count]
    for at in range(0, len(wanted), BATCH):
        found = _patients().select_related("profile").in_bulk(wanted[at : at + BATCH])
        yield sorted(found.values(), key=lambda user: number_of(user.email))


def _patients() -> QuerySet[User]:
    return numbered("patient").filter(role=Role.PATIENT, is_active=True)


# --- Planning --------------------------------------------------------------------------------------------------------


class Planned(NamedTuple):
    """A visit that shall be; `dice` decide what becomes of it."""

    number: str
    patient: User
    doctor: DoctorInformation
    opening: Opening
    dice: random.Random
    is_older: bool


def _plan(patient: User, days: int, there: set[str], diaries: Diaries, seed: int, now: datetime) -> list[Planned]:
    """The visits of a patient that are missing. Each is known by the end of its number, which no change of it touches:
    `there` holds the ends of those that are booked."""
    me = number_of(patient.email)
    dice = chance(seed, "patient's doctors", me)
    doctors = diaries.recent.choose_doctors(patient, dice)
    recent = min(max(1, round(days * dice.uniform(0.04, 0.2))), MOST_RECENT)
    older = dice.randint(0, MOST_OLDER) if me != SHOWN else MOST_OLDER
    planned = []
    for count in [*range(OLDER, OLDER + older), *range(recent)]:
        tail = tail_of(me, count)
        if tail in there:
            continue
        dice = chance(seed, "visit", me, count)
        doctor = doctors[0] if count == OLDER else dice.choice(doctors)
        opening = _take(diaries, count, doctor, patient, dice, now)
        if opening is not None:
            number = f"APT-{timezone.localtime(opening.starts_at):%Y%m%d}-{tail}"
            planned.append(Planned(number, patient, doctor, opening, dice, count >= OLDER))
    return planned


def _take(
    diaries: Diaries, count: int, doctor: DoctorInformation, patient: User, dice: random.Random, now: datetime
) -> Opening | None:
    """A free slot around today, or in the two years before."""
    if count < OLDER:
        return diaries.recent.take(doctor, patient.pk, _draw_day(diaries.recent, dice, now), dice)
    first, last = diaries.older.first, diaries.older.last
    if doctor.pk not in diaries.older.fame:
        return None  # not verified yet
    return diaries.older.take(doctor, patient.pk, first + timedelta(days=dice.randint(0, (last - first).days)), dice)


def tail_of(patient: int, count: int) -> str:
    """Six letters for the visit `count` of a patient. An odd factor modulo 2^30 meets no number twice."""
    rest = (patient * MOST_A_PATIENT + count) * 741_103_597 % 2**30
    return "".join(LETTERS[rest >> shift & 31] for shift in range(25, -1, -5))


def _draw_day(diary: Diary, dice: random.Random, now: datetime) -> date:
    """A day of the diary: half of the visits are near today, the others anywhere."""
    today = timezone.localdate(now)
    first, last = (diary.first - today).days, (diary.last - today).days
    near = dice.random() < 0.5
    return today + timedelta(days=round(dice.triangular(first, last, 0)) if near else dice.randint(first, last))


# --- What becomes of it ----------------------------------------------------------------------------------------------


def _story(visit: Planned, desks: dict[int, User], seed: int, now: datetime) -> Story:
    """The visit from its booking to where it stands now."""
    opening, doctor, dice = visit.opening, visit.doctor, visit.dice
    is_over = opening.ends_at <= now
    chances = OVER if is_over else TO_COME
    status = dice.choices(list(chances), list(chances.values()))[0]
    if visit.is_older:
        status = Status.COMPLETED
    if opening.starts_at <= now and not is_over:
        status = Status.CONFIRMED
    desk = desks.get(opening.clinic_id or 0) if dice.random() < 0.3 else None
    place = {"clinic_id": opening.clinic_id, "starts_at": opening.starts_at, "ends_at": opening.ends_at}
    row = Appointment(
        number=visit.number,
        serial=opening.serial,
        patient=visit.patient,
        doctor=doctor,
        slot=AppointmentSlot(doctor=doctor, **place),
        source=Appointment.Source.DESK if desk else Appointment.Source.APP,
        fee=doctor.fees,
        reason=_reason(visit, seed),
        **place,
    )
    booked = _booked_at(opening, dice, now)
    steps = [Step(booked, desk or visit.patient, "booked", {"status": Status.PENDING})]
    steps += _steps(row, status, booked, dice, now)
    return Story(row, _with_check_in(row, steps, desks.get(opening.clinic_id or 0), now))


def _with_check_in(row: Appointment, steps: list[Step], desk: User | None, now: datetime) -> list[Step]:
    """Of today's visits, three in four of those who are expected come a little early, and the desk checks them in."""
    came = row.starts_at - timedelta(minutes=5 + row.serial % 4 * 6)
    is_today = timezone.localdate(row.starts_at) == timezone.localdate(now)
    expected = [step for step in steps if step.changes.get("status") == Status.CONFIRMED and step.when < came]
    stays_away = row.serial % 4 == 3 or steps[-1].changes["status"] in {Status.CANCELLED, Status.MISSED}
    if not (desk and expected and is_today and came < now) or stays_away:
        return steps
    return sorted([*steps, Step(came, desk, "checked in", {"checked_in_at": came})], key=lambda step: step.when)


def _booked_at(opening: Opening, dice: random.Random, now: datetime) -> datetime:
    """Up to two weeks before the visit; always before now."""
    ahead = opening.starts_at - timedelta(minutes=dice.randint(60, 14 * 24 * 60))
    return min(ahead, now.replace(microsecond=0) - timedelta(minutes=dice.randint(5, 4 * 24 * 60)))


def _steps(row: Appointment, status: str, booked: datetime, dice: random.Random, now: datetime) -> list[Step]:
    """How a requested visit came to `status`."""
    between = min(row.starts_at, now) - booked
    confirmed = booked + between * dice.uniform(0.1, 0.5)
    steps = [Step(confirmed, row.doctor.user, "confirmed", {"status": Status.CONFIRMED})]
    match status:
        case Status.PENDING:
            return []
        case Status.CANCELLED:
            cancelled = booked + between * dice.uniform(0.6, 0.9)
            return [*steps, Step(cancelled, row.patient, "cancelled", {"status": status})]
        case Status.MISSED:
            noticed = min(row.ends_at + timedelta(minutes=settings.MISSED_AFTER_MINUTES), now)
            return [*steps, Step(noticed, None, "nobody came", {"status": status})]
        case Status.COMPLETED:
            changes = {"status": status, "notes": dice.choice(NOTES)}
            return [*steps, Step(row.ends_at, row.doctor.user, "completed", changes)]
    return steps


def _reason(visit: Planned, seed: int) -> str:
    """What brings the patient to this doctor: mostly the same as at other times."""
    me = number_of(visit.patient.email)
    reasons = [
        case.reason for case in cases_for(visit.doctor, visit.patient, timezone.localdate(visit.opening.starts_at))
    ]
    usual = chance(seed, "complaint", me, visit.doctor.license_number).choice(reasons)
    if me == SHOWN:
        return reasons[0]
    return usual if visit.dice.random() < 0.7 else visit.dice.choice(reasons)
