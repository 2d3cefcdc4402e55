"""Slots, booking and what happens to visits beyond one row."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Max, prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shs.appointment.errors import NotASlot, PatientBusy, SlotTaken
from shs.appointment.models import HOLDING, Appointment, AppointmentSlot, Status, new_number, on_day
from shs.appointment.notices import remind as remind_of
from shs.appointment.notices import tell_booked, tell_cancelled, tell_confirmed, tell_missed, tell_rescheduled
from shs.core.due.rows import one_by_one
from shs.core.errors import Forbidden, Invalid, NotFound, Refused
from shs.core.records.transactions import atomic_with_retry
from shs.core.records.transitions import lock, save_with_reason
from shs.doctors import services as doctors
from shs.doctors.models import Clinic, DoctorInformation, DoctorReview, TimeOff
from shs.doctors.models.hours import at_wall_clock
from shs.users.models import User
from shs.users.services import suspension_hits


class Opening(NamedTuple):
    """One slot of a doctor's working hours; `serial` counts the slots of the day from 1."""

    starts_at: datetime
    ends_at: datetime
    serial: int
    clinic_id: int | None


# --- Slots -----------------------------------------------------------------------------------------------------------


def openings(doctor: DoctorInformation, day: date) -> list[Opening]:
    """The slots of a doctor's working hours on `day`, time off and bookings aside, in order."""
    found = []
    for block in doctor.availability.all():
        if block.weekday != day.weekday():
            continue
        for clock in block.clocks():
            starts_at = at_wall_clock(day, clock)
            if starts_at is not None:
                found.append((starts_at, starts_at + timedelta(minutes=block.slot_minutes), block.clinic_id))
    return [
        Opening(*slot[:2], serial, slot[2]) for serial, slot in enumerate(sorted(found, key=lambda s: s[0]), start=1)
    ]


def slots(*, doctor: DoctorInformation, first: date, last: date, now: datetime) -> list[tuple[Opening, bool]]:
    """The slots of a doctor from `first` to `last` (at most 31 days), each with whether it can be booked."""
    if last < first:
        raise Invalid(_("The last day is before the first."), field="to")
    if (last - first).days >= 31:
        raise Invalid(_("Ask for at most 31 days at once."), field="to")
    doctor = DoctorInformation.objects.prefetch_related("availability").get(pk=doctor.pk)
    days = [first + timedelta(days=at) for at in range((last - first).days + 1)]
    found = [opening for day in days for opening in openings(doctor, day)]
    if not found:
        return []
    busy = _busy(doctor, found[0].starts_at, found[-1].ends_at)
    latest = _latest(now)
    return [
        (
            opening,
            now < opening.starts_at < latest and not _meets(opening, busy),
        )
        for opening in found
    ]


def first_free(*, doctors: list[DoctorInformation], days: int, now: datetime) -> dict[int, datetime]:
    """Doctor's id → the start of their first slot that can be booked, from today on for `days` days; those who have
    none are not in it. Three queries for all of them."""
    today, latest = timezone.localdate(now), min(_latest(now), now + timedelta(days=days))
    prefetch_related_objects(doctors, "availability")
    busy: dict[int, list[tuple[datetime, datetime]]] = {doctor.pk: [] for doctor in doctors}
    visits = Appointment.objects.filter(status__in=HOLDING, starts_at__lt=latest, ends_at__gt=now)
    for rows in (visits, TimeOff.objects.meeting(now, latest)):
        for pk, start, end in rows.filter(doctor__in=busy).values_list("doctor", "starts_at", "ends_at"):
            busy[pk].append((start, end))
    found = {}
    for doctor in doctors:
        coming = (opening for day in range(days) for opening in openings(doctor, today + timedelta(days=day)))
        free = (o.starts_at for o in coming if now < o.starts_at < latest and not _meets(o, busy[doctor.pk]))
        if (first := next(free, None)) is not None:
            found[doctor.pk] = first
    return found


def _meets(opening: Opening, busy: list[tuple[datetime, datetime]]) -> bool:
    return any(start < opening.ends_at and end > opening.starts_at for start, end in busy)


def _busy(doctor: DoctorInformation, starts_at: datetime, ends_at: datetime) -> list[tuple[datetime, datetime]]:
    """When a doctor is taken or away, between two instants."""
    visits = doctor.appointments.filter(status__in=HOLDING, starts_at__lt=ends_at, ends_at__gt=starts_at)
    away = doctor.times_off.meeting(starts_at, ends_at)
    return [*visits.values_list("starts_at", "ends_at"), *away.values_list("starts_at", "ends_at")]


def _latest(now: datetime) -> datetime:
    """The end of the last day that can be booked."""
    last = timezone.localdate(now) + timedelta(days=settings.BOOKING_HORIZON_DAYS + 1)
    return timezone.make_aware(datetime.combine(last, time.min))


def _opening_at(doctor: DoctorInformation, day: date, clock: time, now: datetime) -> Opening:
    """The slot of `doctor` at a wall time. Raises NotASlot and Invalid (422)."""
    starts_at = at_wall_clock(day, clock)
    if starts_at is None:
        raise Invalid(_("This time does not exist on that day: the clocks are put forward."), field="time")
    if starts_at <= now:
        raise Invalid(_("This time has passed."), field="date")
    if starts_at >= _latest(now):
        raise Invalid(
            _("Visits can be booked at most %(days)s days ahead.") % {"days": settings.BOOKING_HORIZON_DAYS},
            field="date",
        )
    for opening in openings(doctor, day):
        if opening.starts_at == starts_at:
            if doctor.times_off.meeting(opening.starts_at, opening.ends_at).exists():
                raise NotASlot(_("The doctor is away at that time."), field="time")
            return opening
    raise NotASlot(_("The doctor has no visit at that time."), field="time")


# --- Booking ---------------------------------------------------------------------------------------------------------


@atomic_with_retry
def book(
    *,
    patient: User,
    doctor_id: int,
    date: date,
    time: time,
    reason: str = "",
    now: datetime,
    source: str = Appointment.Source.APP,
) -> Appointment:
    """A requested visit at a free slot. Raises NotFound for a doctor who cannot be booked, SlotTaken and PatientBusy
    (409), Invalid (422). Locks the doctor, then the patient, always in this order; the constraints are the backstop."""
    doctor, patient = _lock_both(doctor_id, patient)
    opening = _opening_at(doctor, date, time, now)
    _require_free(doctor, patient, opening)
    visit = _store(doctor, patient, opening, why="booked", source=source, reason=reason)
    tell_booked(visit, now)
    return visit


@atomic_with_retry
def reschedule(*, visit: Appointment, date: date, time: time, now: datetime) -> Appointment:
    """Move a live visit that has not begun to another slot of its doctor; the old one is free. Raises as `book`."""
    doctor, patient = _lock_both(visit.doctor_id, visit.patient)
    lock(visit)
    visit.require_movable(now)
    opening = _opening_at(doctor, date, time, now)
    _require_free(doctor, patient, opening, but=visit)
    before = visit.starts_at
    # Whoever is given another time is not expected before; who already waits is checked in anew for it.
    for name, value in {**_place(doctor, opening), "is_extra": False, "checked_in_at": None}.items():
        setattr(visit, name, value)
    save_with_reason(visit, "rescheduled")
    tell_rescheduled(visit, before, now)
    return visit


@atomic_with_retry
def walk_in(*, patient: User, doctor_id: int, clinic: Clinic, now: datetime) -> Appointment:
    """A patient who stands at the desk of `clinic`, confirmed and checked in: at the doctor's next free slot there
    today, else at an extra time that meets nothing else. Raises NotFound for a doctor who cannot be booked, Invalid and
    NotASlot (422). Locks as `book`."""
    doctor, patient = _lock_both(doctor_id, patient)
    if not patient.has_perm("appointment.book_appointment"):
        raise Invalid(_("Visits are booked for patients only."), field="patient")
    opening, is_extra = _opening_for_walk_in(doctor, patient, clinic, now)
    visit = _store(
        doctor, patient, opening, why="walk-in", source=Appointment.Source.WALK_IN, reason="", is_extra=is_extra
    )
    visit.confirm(now=now)
    visit.check_in(now=now)
    return visit


def _opening_for_walk_in(
    doctor: DoctorInformation, patient: User, clinic: Clinic, now: datetime
) -> tuple[Opening, bool]:
    """The next free slot of today at `clinic`, or an extra one; and whether it is extra."""
    today = timezone.localdate(now)
    hours = openings(doctor, today)
    here = [opening for opening in hours if opening.clinic_id == clinic.pk]
    if not here:
        raise NotASlot(_("The doctor does not work at this clinic today."), field="doctor")
    midnight = timezone.make_aware(datetime.combine(today + timedelta(days=1), time.min))
    busy = [*_busy(doctor, here[0].starts_at, midnight), *_engaged(patient, here[0].starts_at, midnight)]
    for opening in here:
        if opening.starts_at >= now and not _meets(opening, busy):
            return opening, False
    elsewhere = [(opening.starts_at, opening.ends_at) for opening in hours if opening.clinic_id != clinic.pk]
    length = here[-1].ends_at - here[-1].starts_at
    serial = _last_serial(doctor, today, len(hours)) + 1
    taken = [*busy, *elsewhere]
    earliest = max(_on_the_step(now), here[0].starts_at)
    for starts_at in sorted({earliest, *(end for _start, end in taken if end > earliest)}):
        extra = Opening(starts_at, starts_at + length, serial, clinic.pk)
        if extra.ends_at <= midnight and not _meets(extra, taken):
            return extra, True
    raise NotASlot(_("The doctor has no time left today."), field="doctor")


EXTRA_STEP = timedelta(minutes=5)
"""An extra visit begins at a time that can be said: 10:05, not 10:03."""


def _on_the_step(now: datetime) -> datetime:
    """The next instant that is a whole number of EXTRA_STEPs after midnight."""
    midnight = timezone.make_aware(datetime.combine(timezone.localdate(now), time.min))
    return midnight - (midnight - now) // EXTRA_STEP * EXTRA_STEP


def _engaged(patient: User, starts_at: datetime, ends_at: datetime) -> list[tuple[datetime, datetime]]:
    """When a patient has visits, between two instants."""
    visits = patient.appointments.filter(status__in=HOLDING, starts_at__lt=ends_at, ends_at__gt=starts_at)
    return list(visits.values_list("starts_at", "ends_at"))


def _last_serial(doctor: DoctorInformation, day: date, regular: int) -> int:
    """The highest serial of a doctor's day, of its `regular` slots and of what was booked beyond; cancelled visits
    keep theirs, so that no two patients are called by one number."""
    used = doctor.appointments.filter(on_day(day)).aggregate(last=Max("serial"))["last"]
    return max(regular, used or 0)


def _store(
    doctor: DoctorInformation,
    patient: User,
    opening: Opening,
    *,
    why: str,
    source: str,
    reason: str,
    is_extra: bool = False,
) -> Appointment:
    visit = Appointment(
        number=new_number(opening.starts_at),
        patient=patient,
        doctor=doctor,
        source=source,
        fee=doctor.fees,
        reason=reason,
        is_extra=is_extra,
        **_place(doctor, opening),
    )
    save_with_reason(visit, why)
    return visit


def _lock_both(doctor_id: int, patient: User) -> tuple[DoctorInformation, User]:
    doctor = DoctorInformation.objects.listed().select_for_update(of=("self",)).filter(pk=doctor_id).first()
    if doctor is None:
        raise NotFound(_("There is no such doctor who can be booked."))
    return doctor, User.objects.select_for_update(of=("self",)).get(pk=patient.pk)


def _require_free(doctor: DoctorInformation, patient: User, opening: Opening, but: Appointment | None = None) -> None:
    meeting = Appointment.objects.filter(
        status__in=HOLDING, starts_at__lt=opening.ends_at, ends_at__gt=opening.starts_at
    ).exclude(pk=but.pk if but else None)
    if meeting.filter(doctor=doctor).exists():
        raise SlotTaken
    if meeting.filter(patient=patient).exists():
        raise PatientBusy


def _place(doctor: DoctorInformation, opening: Opening) -> dict:
    """The fields of a visit that say when and where it is."""
    slot, _is_new = AppointmentSlot.objects.get_or_create(
        doctor=doctor,
        starts_at=opening.starts_at,
        defaults={"ends_at": opening.ends_at, "clinic_id": opening.clinic_id},
    )
    if (slot.ends_at, slot.clinic_id) != (opening.ends_at, opening.clinic_id):
        slot.ends_at, slot.clinic_id = opening.ends_at, opening.clinic_id
        slot.save()
    return {
        "slot": slot,
        "serial": opening.serial,
        "starts_at": opening.starts_at,
        "ends_at": opening.ends_at,
        "clinic_id": opening.clinic_id,
    }


# --- Status ----------------------------------------------------------------------------------------------------------

ACTIONS = {
    Status.CONFIRMED: "confirm",
    Status.COMPLETED: "complete",
    Status.CANCELLED: "cancel",
    Status.MISSED: "miss",
}


def confirm(*, visit: Appointment, now: datetime) -> None:
    """The doctor expects the patient, who is told. Raises as the model's step."""
    with transaction.atomic():
        visit.confirm(now=now)
        tell_confirmed(visit)


def cancel(*, visit: Appointment, reason: str = "", before: datetime | None = None) -> None:
    """The visit does not take place; both are told why. Raises as the model's step."""
    with transaction.atomic():
        visit.cancel(reason=reason, before=before)
        tell_cancelled(visit, reason)


def miss(visit: Appointment) -> None:
    """Nobody came, whoever found out; both are told. Raises as the model's step."""
    with transaction.atomic():
        visit.miss()
        tell_missed(visit)


def set_status(
    *, visit: Appointment, status: str, notes: str | None, reason: str = "", by: User, now: datetime
) -> Appointment:
    """Take a visit to `status`, as `by` may, because of `reason`. Raises Forbidden (403) for a step that is not theirs,
    StepRefused (409) for one that the state does not allow."""
    action = ACTIONS.get(Status(status))
    if action and not by.has_perm(f"appointment.{action}_appointment", visit):
        raise Forbidden(_("You may not set this status."))
    if notes is not None and not by.has_perm("appointment.annotate_appointment", visit):
        raise Forbidden(_("Only the doctor writes notes."))
    with transaction.atomic():
        match action:
            case "confirm":
                confirm(visit=visit, now=now)
            case "complete":
                visit.complete(now=now, reason=reason)
            case "cancel":
                cancel(visit=visit, reason=reason, before=now if visit.patient_id == by.pk else None)
            case "miss":
                miss(visit)
            case _:
                visit.refuse_step(status)
        if notes is not None:
            visit.annotate(notes)
    return visit


def mark_missed(*, now: datetime, dry_run: bool = False) -> int:
    """Set live visits whose end passed MISSED_AFTER_MINUTES ago to missed; how many. Safe when two run at once, deletes
    nothing, and touches no completed visit."""
    due = Appointment.objects.overdue(now - timedelta(minutes=settings.MISSED_AFTER_MINUTES)).order_by("pk")
    return due.count() if dry_run else one_by_one(due, miss)


# --- Several visits ------------------------------------------------------------------------------------------------

MOST_AT_ONCE = 100


def remind(visits: Iterable[Appointment], by: User, *, now: datetime) -> int:
    """Remind their patients of those of `visits` (with patient, doctor and clinic) that are still to come and of which
    `by` may remind; how many are reminded. Of one visit at most once a day."""
    visits = list(visits)
    allowed = Appointment.objects.allowed(by, "remind").filter(pk__in=[visit.pk for visit in visits])
    mine = set(allowed.values_list("pk", flat=True))
    return sum(remind_of(visit, now) for visit in visits if visit.pk in mine)


def cancel_all(visits: Iterable[Appointment], by: User, *, reason: str) -> tuple[int, list[str]]:
    """Cancel each of `visits` that `by` may cancel, on its own; how many were cancelled, and in words why others were
    not."""
    visits = list(visits)
    allowed = Appointment.objects.allowed(by, "cancel").filter(pk__in=[visit.pk for visit in visits])
    mine = set(allowed.values_list("pk", flat=True))
    done, refused = 0, []
    for visit in visits:
        try:
            if visit.pk not in mine:
                raise Forbidden
            cancel(visit=visit, reason=reason)
            done += 1
        except Refused as refusal:
            refused.append(f"{visit}: {refusal.detail}")
    return done, refused


# --- Reviews ---------------------------------------------------------------------------------------------------------


def review(*, doctor: DoctorInformation, patient: User, rating: int, comment: str = "", now: datetime) -> DoctorReview:
    """A patient's rating of a doctor whom they have visited. Raises Muted (403), and Forbidden (403) where no visit was
    completed."""
    patient.require_voice(now)
    if not Appointment.objects.filter(doctor=doctor, patient=patient, status=Status.COMPLETED).exists():
        raise Forbidden(_("Only a patient who has completed a visit to this doctor can review them."))
    return doctors.review(doctor=doctor, patient=patient, rating=rating, comment=comment)


@suspension_hits
def visits_to_come(user: User, now: datetime) -> list[str]:
    """The visits that are still to come, of a patient and of a doctor; they stay booked."""
    ahead = Appointment.objects.live().upcoming(now)
    found = []
    if number := ahead.filter(patient=user).count():
        words = ngettext(
            "%d visit that they have booked stays booked.", "%d visits that they have booked stay booked.", number
        )
        found.append(words % number)
    if number := ahead.filter(doctor__user=user).count():
        words = ngettext(
            "%d visit to them is still to come: tell the patient, and the desk.",
            "%d visits to them are still to come: tell the patients, and the desk.",
            number,
        )
        found.append(words % number)
    return found
