"""Booking, rescheduling and walk-ins."""

from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from shs.appointment.errors import NotASlot, PatientBusy, SlotTaken
from shs.appointment.models import LONGEST, Appointment, AppointmentSlot, Identity, new_number
from shs.appointment.notices import tell_booked, tell_booked_for_them, tell_rescheduled
from shs.appointment.services.held import take_held
from shs.appointment.services.identity import Proof, prove
from shs.appointment.services.late import expected_at
from shs.appointment.services.notice import notice_of, require_in_time
from shs.appointment.services.registering import is_newcomer
from shs.appointment.services.seats import Seat, seat_for_walk_in
from shs.appointment.services.slots import IN_THE_WAY, KEPT, OFF, away, free_place, planned_at
from shs.appointment.services.visit_limits import require_room, stays_away
from shs.core.context import forget
from shs.core.errors import Invalid, NotFound
from shs.core.records.transactions import atomic_with_retry
from shs.core.records.transitions import lock, save_with_reason
from shs.doctors.models import Clinic, DoctorInformation
from shs.doctors.models.hours import at_wall_clock
from shs.doctors.timetable import Opening
from shs.users.families import speaks_for
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
    confirms: bool = False,
    by: User | None = None,
) -> Appointment:
    """Book a free slot; the visit is requested or, if whoever books or the doctor's setting `confirms` it, confirmed.
    In the app `by` is the patient, or a guardian of theirs. Raises NotFound for a doctor who cannot be booked,
    SlotTaken and PatientBusy (409), Invalid (422), and in the app as `require_room`. Locks the doctor, then the
    patient, always in this order; constraints decide what the locks do not."""
    doctor, patient = lock_both(doctor_id, patient)
    is_patients = source == Appointment.Source.APP
    opening = planned_at(doctor, date, time, now, notice_of(doctor) if is_patients else timedelta())
    seat = _seat(doctor, patient, opening, is_patients=is_patients, now=now)
    if is_patients:
        require_room(patient, doctor.pk, date, now, by=by or patient)
    why = "booked" if by is None or by.pk == patient.pk else "booked by the guardian"
    identity = _identity(patient, opening, source, now)
    visit = _store(doctor, patient, seat, now=now, why=why, source=source, reason=reason, identity=identity)
    if confirms or (is_patients and _is_confirmed_by_itself(doctor, patient)):
        visit.confirm(now=now)
        tell_booked_for_them(visit, now)
    else:
        tell_booked(visit, now)
    return visit


@atomic_with_retry
def reschedule(*, visit: Appointment, date: date, time: time, by: User, now: datetime) -> Appointment:
    """Move an active visit that has not begun to another slot of its doctor; the old slot becomes free. If its patient
    moves it, it waits to be confirmed again, unless the doctor's setting confirms it. A doctor does not open the chart
    for longer by moving it. To the same time nothing happens. Raises as `book`, and as `require_room` for the
    patient."""
    doctor, patient = lock_both(visit.doctor_id, visit.patient)
    lock(visit)
    visit.require_movable(now)
    if visit.starts_at == at_wall_clock(date, time):
        return visit
    is_patients = by.pk != doctor.user_id and speaks_for(by, patient, now)
    if is_patients:
        require_in_time(visit, now)
    opening = planned_at(doctor, date, time, now, notice_of(doctor) if is_patients else timedelta())
    seat = _seat(doctor, patient, opening, is_patients=is_patients, now=now, but=visit)
    if is_patients:
        require_room(patient, doctor.pk, date, now, by=by, but=visit)
    before = visit.starts_at
    _take_place_at(visit, doctor, seat, now)
    if is_patients:
        visit.confirm_again(by_itself=_is_confirmed_by_itself(doctor, patient))
    elif visit.opens_until:
        is_doctor = by.pk == doctor.user_id
        visit.opens_until = min(visit.opens_until, visit.closes_at()) if is_doctor else visit.closes_at()
    save_with_reason(visit, "rescheduled")
    forget()  # rights may depend on the state
    tell_rescheduled(visit, before, now)
    return visit


def relocate(*, visit: Appointment, doctor: DoctorInformation, starts_at: datetime, by: User, now: datetime) -> None:
    """Move an active visit to a free slot of its doctor or of a colleague at the same clinic, because its doctor is
    away. It stays confirmed, costs no more than before, and its patient is told. The caller has locked doctors, patient
    and visit. Raises NotASlot (422), SlotTaken and PatientBusy (409), as `book`."""
    at = timezone.localtime(starts_at)
    opening = planned_at(doctor, at.date(), at.time(), now)
    if opening.clinic_id != visit.clinic_id:
        raise NotASlot(_("That time is at another clinic."), field="time")
    seat = _seat(doctor, visit.patient, opening, is_patients=False, now=now, but=visit)
    before, was_with = visit.starts_at, visit.doctor
    _take_place_at(visit, doctor, seat, now)
    if visit.opens_until:
        is_own = by.pk == doctor.user_id
        visit.opens_until = min(visit.opens_until, visit.closes_at()) if is_own else visit.closes_at()
    if doctor.pk != was_with.pk:
        visit.fee = min(visit.fee, doctor.fees)
    save_with_reason(visit, "moved: the doctor is away")
    forget()  # rights follow from the doctor of a visit
    tell_rescheduled(visit, before, now, was_with=was_with)


def _take_place_at(visit: Appointment, doctor: DoctorInformation, seat: Seat, now: datetime) -> None:
    """Set the fields of a visit that is moved. A check-in belongs to the old time: a patient who is already waiting is
    checked in again."""
    left = {"is_extra": False, "checked_in_at": None, "without_doctor_since": None}
    for name, value in {"doctor": doctor, **_place(doctor, seat, now), **left}.items():
        setattr(visit, name, value)


@atomic_with_retry
def walk_in(
    *, patient: User, doctor_id: int, clinic: Clinic, proof: Proof | None = None, by: User, now: datetime
) -> Appointment:
    """Book a walk-in at the desk of `clinic`, confirmed and checked in: at the doctor's next free slot there today,
    or the next place of a window that is not over; else at an extra place of the window, or an extra time without
    overlap. `proof` is how the patient proved who they are; they are told. A newcomer needs none. Raises NotFound
    for a doctor who cannot be booked, Invalid and NotASlot (422). Locks as `book`."""
    doctor, patient = lock_both(doctor_id, patient)
    if not patient.may_be_patient:
        raise Invalid(_("Visits are booked for patients only."), field="patient")
    seat, is_extra = seat_for_walk_in(doctor, patient, clinic, now)
    source = Appointment.Source.WALK_IN
    identity = _identity(patient, seat.opening, source, now)
    visit = _store(doctor, patient, seat, now=now, why="walk-in", source=source, is_extra=is_extra, identity=identity)
    visit.confirm(now=now)
    visit.check_in(now=now)
    if visit.needs_proof:
        prove(visit=visit, proof=proof or Proof(""), by=by, now=now)
    return visit


def _is_confirmed_by_itself(doctor: DoctorInformation, patient: User) -> bool:
    """Whether a visit that the patient books or moves is confirmed at once: if the doctor wants that, and the patient
    has not stayed away from the last MISSED_IN_A_ROW visits."""
    return doctor.auto_confirms and not stays_away(patient)


def _identity(patient: User, opening: Opening, source: str, now: datetime) -> Identity:
    """How it is known that a new visit is its patient's."""
    if source == Appointment.Source.APP:
        return Identity.APP
    return Identity.REGISTERED if is_newcomer(patient, opening.clinic_id, now) else Identity.NONE


def _store(
    doctor: DoctorInformation,
    patient: User,
    seat: Seat,
    *,
    now: datetime,
    why: str,
    source: str,
    identity: Identity,
    reason: str = "",
    is_extra: bool = False,
) -> Appointment:
    visit = Appointment(
        number=new_number(now),
        patient=patient,
        doctor=doctor,
        source=source,
        fee=doctor.fees,
        reason=reason,
        is_extra=is_extra,
        identity=identity,
        **_place(doctor, seat, now),
    )
    save_with_reason(visit, why)
    return visit


def lock_both(doctor_id: int, patient: User) -> tuple[DoctorInformation, User]:
    """Lock the doctor, then the patient. Raises NotFound for a doctor who cannot be booked, and as `lock_patient`."""
    rows = DoctorInformation.objects.listed().select_related("user").select_for_update(of=("self",))
    doctor = rows.filter(pk=doctor_id).first()
    if doctor is None:
        raise NotFound(_("This doctor does not exist or cannot be booked."))
    return doctor, lock_patient(patient)


def lock_patient(patient: User) -> User:
    """Lock somebody for whom something is to be booked. Raises Invalid (422) for somebody who was merged or has
    died."""
    patient = User.objects.select_for_update(of=("self",)).get(pk=patient.pk)
    if patient.is_merged:
        number = patient.current().patient_number
        raise Invalid(_("This patient number was merged. Use %(number)s.") % {"number": number}, field="patient")
    if patient.is_dead:
        raise Invalid(_("This person has died. Nothing can be booked."), field="patient")
    return patient


def _seat(
    doctor: DoctorInformation,
    patient: User,
    opening: Opening,
    *,
    is_patients: bool,
    now: datetime,
    but: Appointment | None = None,
) -> Seat:
    """The first free place of a slot, also if it is kept for somebody (see `take_held`). Raises NotASlot (422) if the
    doctor is off, SlotTaken and PatientBusy (409). One query if it is kept for nobody."""
    span = {"start": opening.starts_at, "end": opening.ends_at, "since": opening.starts_at - LONGEST}
    rows = IN_THE_WAY.rows(doctor=doctor.pk, patient=patient.pk, **span)
    kinds = {row["place"] for row in rows}
    if OFF in kinds:
        raise away()
    visits = [row for row in rows if row["place"] not in (OFF, KEPT) and (but is None or row["pk"] != but.pk)]
    of_doctor = [row for row in visits if row["doctor_id"] == doctor.pk and row["is_by_serial"] == opening.is_by_serial]
    taken = {row["place"] for row in of_doctor if not opening.is_by_serial or row["starts_at"] == opening.starts_at}
    place = free_place(opening, taken)
    if place is None:
        raise SlotTaken
    if any(row["patient_id"] == patient.pk for row in visits):
        raise PatientBusy
    if KEPT in kinds:
        take_held(doctor.pk, opening, patient=patient, is_patients=is_patients, now=now)
    return Seat(opening, place)


def _place(doctor: DoctorInformation, seat: Seat, now: datetime) -> dict[str, object]:
    """The visit's fields for time and place; `expected_at` if the doctor is late today."""
    opening = seat.opening
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
        "serial": seat.serial,
        "place": seat.place,
        "is_by_serial": opening.is_by_serial,
        "starts_at": opening.starts_at,
        "ends_at": opening.ends_at,
        "clinic_id": opening.clinic_id,
        "expected_at": expected_at(doctor.pk, opening.clinic_id, opening.starts_at, now),
    }
