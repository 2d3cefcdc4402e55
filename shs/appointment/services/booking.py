"""Booking, rescheduling and walk-ins."""

from datetime import date, datetime, time, timedelta

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from shs.appointment.errors import NotASlot, PatientBusy, SlotTaken
from shs.appointment.models import Appointment, AppointmentSlot, new_number, on_day
from shs.appointment.notices import tell_booked, tell_rescheduled
from shs.appointment.services.slots import Busy, Opening, busy_times, opening_at, openings
from shs.core.errors import Invalid, NotFound
from shs.core.records.transactions import atomic_with_retry
from shs.core.records.transitions import lock, save_with_reason
from shs.doctors.models import Clinic, DoctorInformation
from shs.users.models import User


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
    """Book a free slot; the visit is requested. Raises NotFound for a doctor who cannot be booked, SlotTaken and
    PatientBusy (409), Invalid (422). Locks the doctor, then the patient, always in this order; constraints decide what
    the locks do not."""
    doctor, patient = _lock_both(doctor_id, patient)
    opening = opening_at(doctor, date, time, now)
    _require_free(doctor, patient, opening)
    visit = _store(doctor, patient, opening, why="booked", source=source, reason=reason)
    tell_booked(visit, now)
    return visit


@atomic_with_retry
def reschedule(*, visit: Appointment, date: date, time: time, now: datetime) -> Appointment:
    """Move an active visit that has not begun to another slot of its doctor; the old slot becomes free. Raises as
    `book`."""
    doctor, patient = _lock_both(visit.doctor_id, visit.patient)
    lock(visit)
    visit.require_movable(now)
    opening = opening_at(doctor, date, time, now)
    _require_free(doctor, patient, opening, but=visit)
    before = visit.starts_at
    # A check-in belongs to the old time: a patient who is already waiting is checked in again.
    for name, value in {**_place(doctor, opening), "is_extra": False, "checked_in_at": None}.items():
        setattr(visit, name, value)
    save_with_reason(visit, "rescheduled")
    tell_rescheduled(visit, before, now)
    return visit


@atomic_with_retry
def walk_in(*, patient: User, doctor_id: int, clinic: Clinic, now: datetime) -> Appointment:
    """Book a walk-in at the desk of `clinic`, confirmed and checked in: at the doctor's next free slot there today,
    else at an extra time without overlap. Raises NotFound for a doctor who cannot be booked, Invalid and NotASlot
    (422). Locks as `book`."""
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
    """Today's next free slot at `clinic`, or an extra one, and whether it is extra."""
    today = timezone.localdate(now)
    hours = openings(doctor, today)
    here = [opening for opening in hours if opening.clinic_id == clinic.pk]
    if not here:
        raise NotASlot(_("The doctor does not work at this clinic today."), field="doctor")
    midnight = timezone.make_aware(datetime.combine(today + timedelta(days=1), time.min))
    engaged = [
        *busy_times(doctor.pk, here[0].starts_at, midnight),
        *engaged_times(patient, here[0].starts_at, midnight),
    ]
    busy = Busy(engaged)
    for opening in here:
        if opening.starts_at >= now and not busy.meets(opening):
            return opening, False
    elsewhere = [(opening.starts_at, opening.ends_at) for opening in hours if opening.clinic_id != clinic.pk]
    length = here[-1].ends_at - here[-1].starts_at
    serial = _last_serial(doctor, today, len(hours)) + 1
    taken = [*engaged, *elsewhere]
    occupied = Busy(taken)
    earliest = max(_on_the_step(now), here[0].starts_at)
    for starts_at in sorted({earliest, *(end for _start, end in taken if end > earliest)}):
        extra = Opening(starts_at, starts_at + length, serial, clinic.pk)
        if extra.ends_at <= midnight and not occupied.meets(extra):
            return extra, True
    raise NotASlot(_("The doctor has no free slots left today."), field="doctor")


EXTRA_STEP = timedelta(minutes=5)


"""An extra visit starts at a multiple of this after the hour: 10:05, not 10:03."""


def _on_the_step(now: datetime) -> datetime:
    """The next instant that is a multiple of EXTRA_STEP after midnight."""
    midnight = timezone.make_aware(datetime.combine(timezone.localdate(now), time.min))
    return midnight - (midnight - now) // EXTRA_STEP * EXTRA_STEP


def engaged_times(patient: User, starts_at: datetime, ends_at: datetime) -> list[tuple[datetime, datetime]]:
    """The periods of a patient's active visits between two instants."""
    visits = Appointment.objects.meeting(starts_at, ends_at).filter(patient=patient)
    return list(visits.values_list("starts_at", "ends_at"))


def _last_serial(doctor: DoctorInformation, day: date, regular: int) -> int:
    """The highest serial of a doctor's day, of its `regular` slots and of extra visits. Cancelled visits count too, so
    that no two patients have the same number."""
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
        raise NotFound(_("This doctor does not exist or cannot be booked."))
    return doctor, User.objects.select_for_update(of=("self",)).get(pk=patient.pk)


def _require_free(doctor: DoctorInformation, patient: User, opening: Opening, but: Appointment | None = None) -> None:
    meeting = Appointment.objects.meeting(opening.starts_at, opening.ends_at).exclude(pk=but.pk if but else None)
    if meeting.filter(doctor=doctor).exists():
        raise SlotTaken
    if meeting.filter(patient=patient).exists():
        raise PatientBusy


def _place(doctor: DoctorInformation, opening: Opening) -> dict[str, object]:
    """The visit's fields for time and place."""
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
