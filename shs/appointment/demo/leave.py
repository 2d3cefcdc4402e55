"""A doctor who is on leave tomorrow, with visits of which nobody has decided yet."""

from datetime import date, datetime, timedelta

from django.utils import timezone

from shs.appointment.demo.visits import OLDER, tail_of
from shs.appointment.models import Appointment, AppointmentSlot, Identity, Status, on_day
from shs.appointment.services import Opening, openings, openings_of
from shs.core.dates import midnight
from shs.core.seeding.marks import LICENCE, number_of
from shs.core.seeding.rows import Demo
from shs.core.seeding.stories import Step, Story, store, told
from shs.doctors.demo.clinics import desk_workers
from shs.doctors.models import DoctorInformation, TimeOff
from shs.users.models import User
from shs.users.seeding import numbered

WHY = "A family matter"
WAITING = 6
"""So many visits wait to be decided."""


def add_leave(demo: Demo) -> int:
    """Let a doctor be away tomorrow, once; returns how many visits wait because of it."""
    tomorrow = timezone.localdate(demo.now) + timedelta(days=1)
    doctor = None if TimeOff.history.filter(reason=WHY).exists() else _doctor(tomorrow)
    if doctor is None:
        return 0
    _book_more(doctor, tomorrow, demo.now)
    visits = list(doctor.appointments.live().filter(on_day(tomorrow)).order_by("starts_at")[:WAITING])
    if not visits:
        return 0
    last = doctor.appointments.live().filter(on_day(tomorrow), starts_at__gt=visits[-1].starts_at).order_by("starts_at")
    ends_at = getattr(last.first(), "starts_at", midnight(tomorrow + timedelta(days=1)))
    asked = demo.now.replace(microsecond=0) - timedelta(hours=2)
    row = TimeOff(doctor=doctor, starts_at=midnight(tomorrow), ends_at=ends_at, reason=WHY)
    store([told(row, asked, doctor.user, "asked for")])
    for visit in visits:
        visit.without_doctor_since = asked
    Appointment.objects.update_with_history(
        visits, ["without_doctor_since"], by=doctor.user, reason="the doctor is away"
    )
    return len(visits)


def _doctor(day: date) -> DoctorInformation | None:
    """A doctor of the demo, not the first one, whom newcomers log in as, who works on `day`; of the first clinic with a
    desk, if there is one."""
    desks = desk_workers()
    rows = DoctorInformation.objects.listed().filter(license_number__startswith=LICENCE, clinics__in=desks)
    rows = rows.exclude(license_number=f"{LICENCE}00001").prefetch_related("availability", "times_off")
    there = [doctor for doctor in rows.distinct().order_by("license_number") if len(_free(doctor, day)) >= WAITING]
    first = min(desks, default=None)
    at_first = [
        doctor
        for doctor in there
        if any(slot.clinic_id == first for slot in openings_of(doctor.availability.all(), day))
    ]
    return next(iter([*at_first, *there]), None)


def _free(doctor: DoctorInformation, day: date) -> list[Opening]:
    start, end = midnight(day), midnight(day + timedelta(days=1))
    if any(off.starts_at < end and off.ends_at > start for off in doctor.times_off.all()):
        return []
    booked = set(doctor.slots.filter(on_day(day)).values_list("starts_at", flat=True))
    return [slot for slot in openings(doctor, day) if slot.starts_at not in booked and not slot.is_by_serial]


def _book_more(doctor: DoctorInformation, day: date, now: datetime) -> None:
    """Let desks have booked visits until there are as many as wait."""
    missing = WAITING - doctor.appointments.live().filter(on_day(day)).count()
    if missing <= 0:
        return
    busy = Appointment.objects.filter(on_day(day)).values("patient")
    patients = numbered("patient").exclude(pk__in=busy).order_by("pk")
    stories = [
        _story(patient, doctor, slot, now)
        for patient, slot in zip(patients[:missing], _free(doctor, day)[:missing], strict=False)
    ]
    store([told(story.row.slot, story.steps[0].when) for story in stories])
    store(stories)


def _story(patient: User, doctor: DoctorInformation, slot: Opening, now: datetime) -> Story[Appointment]:
    place = {"clinic_id": slot.clinic_id, "starts_at": slot.starts_at, "ends_at": slot.ends_at}
    booked = now.replace(microsecond=0) - timedelta(days=2, minutes=slot.serial)
    tail = tail_of(number_of(patient.demo_name), timezone.localdate(slot.starts_at).toordinal() % OLDER)
    row = Appointment(
        number=f"APT-{timezone.localtime(booked):%Y%m%d}-{tail}",
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
    desk = desk_workers().get(slot.clinic_id or 0, doctor.user)
    opens = {"status": Status.CONFIRMED, "opens_until": row.closes_at()}
    confirmed = Step(booked + timedelta(seconds=20), desk, "confirmed", opens)
    return Story(row, [Step(booked, desk, "booked", {"status": Status.PENDING}), confirmed])
