"""A doctor who sees patients now: one inside, three waiting; and the sessions of the last weeks, by which it is known
how long the doctor takes."""

from datetime import date, datetime, timedelta
from itertools import groupby

from django.db.models import Q
from django.utils import timezone

from shs.appointment.demo.visits import OLDER, tail_of
from shs.appointment.models import (
    Appointment,
    AppointmentSlot,
    DoctorSession,
    Identity,
    Status,
    Turn,
    TurnOutcome,
    WaitingScreen,
    on_day,
)
from shs.appointment.services import Opening, openings, renew_screen
from shs.core.dates import midnight
from shs.core.seeding.marks import LICENCE, number_of
from shs.core.seeding.rows import Demo
from shs.core.seeding.stories import Step, Story, store, told
from shs.doctors.demo.clinics import desk_workers
from shs.doctors.models import Clinic, ClosedDay, DoctorInformation
from shs.users.models import User
from shs.users.seeding import numbered

THERE = 4
"""One is inside, and three wait."""

WEEKS = timedelta(weeks=4)


def add_session(demo: Demo) -> int:
    """Let a doctor of the first clinic with a desk see patients, once, if it is not too late in the day; returns how
    many wait. The waiting room of the clinic gets a screen."""
    desks, now = desk_workers(), demo.now.replace(microsecond=0)
    if not desks or DoctorSession.history.exists():
        return 0
    clinic = Clinic.objects.unrestricted("of the demo").get(pk=min(desks))
    found = doctor_with_slots(clinic, now)
    if found is None:
        return 0
    doctor, slots = found
    if not WaitingScreen.objects.filter(clinic=clinic).exists():
        renew_screen(clinic=clinic, now=now)
    _add_past(doctor, clinic, now)
    patients = _patients(now)
    stories = [_story(one, doctor, slot, desks[clinic.pk], now) for one, slot in zip(patients, slots, strict=False)]
    store([told(story.row.slot, story.steps[0].when) for story in stories])
    visits = store(stories)
    if not visits:
        return 0
    called = max(now - timedelta(minutes=4), midnight(timezone.localdate(now)))
    row = DoctorSession(
        doctor=doctor, clinic=clinic, day=timezone.localdate(now), room="3", begun_at=called, step=2, before={}
    )
    steps = [
        Step(called, desks[clinic.pk], "session begun", {}),
        Step(called, desks[clinic.pk], "called", {"now_serving": visits[0], "called_at": called}),
    ]
    (session,) = store([Story(row, steps)])
    Turn.objects.create(session=session, visit=visits[0], called_at=called)
    return len(visits) - 1


def doctor_with_slots(clinic: Clinic, now: datetime) -> tuple[DoctorInformation, list[Opening]] | None:
    """A doctor of whom nobody waits yet, with slots of today that are still to come; if the hours of all are over, one
    with extra times."""
    today = timezone.localdate(now)
    rows = DoctorInformation.objects.listed().filter(license_number__startswith=LICENCE, clinics=clinic)
    waited = Q(appointments__checked_in_at__isnull=False)
    busy = DoctorInformation.objects.filter(waited, appointments__in=Appointment.objects.filter(on_day(today)))
    doctors = list(rows.exclude(pk__in=busy).prefetch_related("availability", "times_off").order_by("license_number"))
    for doctor in doctors:
        taken = set(doctor.slots.filter(on_day(today)).values_list("starts_at", flat=True))
        free = [
            slot
            for slot in openings(doctor, today)
            if slot.clinic_id == clinic.pk and slot.ends_at > now and slot.starts_at not in taken
        ]
        if len(free) >= THERE:
            return doctor, free[:THERE]
    first = now + timedelta(minutes=5 - now.minute % 5, seconds=-now.second)
    extra = [first + timedelta(minutes=10 * number) for number in range(THERE + 1)]
    closed = ClosedDay.objects.closing().filter(clinic=clinic, first__lte=today, last__gte=today)
    if extra[-1] > midnight(today + timedelta(days=1)) or closed.exists():
        return None
    slots = [Opening(at, at + timedelta(minutes=10), 60 + n, clinic.pk) for n, at in enumerate(extra[:THERE])]
    free_then = [
        one
        for one in doctors
        if not one.appointments.filter(on_day(today)).exists()
        and not one.times_off.filter(starts_at__lt=extra[-1], ends_at__gt=now).exists()
    ]
    return (free_then[0], slots) if free_then else None


def _patients(now: datetime) -> list[User]:
    """Patients of the demo who have no visit today."""
    busy = Appointment.objects.filter(on_day(timezone.localdate(now))).values("patient")
    return list(numbered("patient").exclude(pk__in=busy).order_by("pk")[:THERE])


def _story(patient: User, doctor: DoctorInformation, slot: Opening, desk: User, now: datetime) -> Story[Appointment]:
    """A visit that the desk has booked and taken in."""
    place = {"clinic_id": slot.clinic_id, "starts_at": slot.starts_at, "ends_at": slot.ends_at}
    booked = now - timedelta(days=1, minutes=slot.serial)
    came = max(now - timedelta(minutes=25 - slot.serial % 10), midnight(timezone.localdate(now)))
    row = Appointment(
        number=f"APT-{timezone.localtime(booked):%Y%m%d}-{_tail(patient, timezone.localdate(now))}",
        serial=slot.serial,
        patient=patient,
        doctor=doctor,
        slot=AppointmentSlot(doctor=doctor, **place),
        source=Appointment.Source.DESK,
        identity=Identity.DOCUMENT,
        fee=doctor.fees,
        reason="Check-up",
        **place,
    )
    opens = {"status": Status.CONFIRMED, "opens_until": row.closes_at()}
    return Story(
        row,
        [
            Step(booked, desk, "booked", {"status": Status.PENDING}),
            Step(booked + timedelta(seconds=20), desk, "confirmed", opens),
            Step(came, desk, "checked in", {"checked_in_at": came}),
        ],
    )


def _tail(patient: User, day: date) -> str:
    return tail_of(number_of(patient.demo_name), day.toordinal() % OLDER)


def _add_past(doctor: DoctorInformation, clinic: Clinic, now: datetime) -> None:
    """The sessions of the last weeks, in which the completed visits were called."""
    since = midnight(timezone.localdate(now - WEEKS))
    rows = doctor.appointments.filter(clinic=clinic, status=Status.COMPLETED, starts_at__gte=since)
    rows = rows.filter(starts_at__lt=midnight(timezone.localdate(now))).order_by("starts_at", "pk")
    for day, found in groupby(rows, key=lambda visit: timezone.localdate(visit.starts_at)):
        visits = list(found)
        row = DoctorSession(
            doctor=doctor, clinic=clinic, day=day, room="3", begun_at=visits[0].starts_at, before={}, step=1
        )
        ended = {"ended_at": visits[-1].ends_at}
        steps = [
            Step(visits[0].starts_at, doctor.user, "session begun", {}),
            Step(visits[-1].ends_at, doctor.user, "session ended", ended),
        ]
        (session,) = store([Story(row, steps)])
        for visit in visits:
            length = min(timedelta(minutes=6 + visit.serial * 5 % 13), visit.ends_at - visit.starts_at)
            Turn.objects.create(
                session=session,
                visit=visit,
                called_at=visit.starts_at,
                ended_at=visit.starts_at + length,
                outcome=TurnOutcome.SEEN,
            )
