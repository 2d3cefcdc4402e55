"""What happens to visits whose doctor is away: they are moved, cancelled, or decided later."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from shs.appointment.errors import NotASlot, PatientBusy, PlanOutdated, SlotTaken
from shs.appointment.models import LIVE, OFFER, Appointment, CancelCode, CancelledBy
from shs.appointment.notices import hold_reminders, tell_back
from shs.appointment.services.booking import relocate
from shs.appointment.services.outages import Outage, hit_now, lies_in, other_period
from shs.appointment.services.proposals import propose
from shs.appointment.services.status import Cause, cancel
from shs.core.dates import show_datetime
from shs.core.due.rows import one_by_one
from shs.core.due.soon import soon
from shs.core.records.transactions import atomic_with_retry
from shs.core.records.transitions import lock
from shs.doctors.models import ClosedDay, DoctorInformation, HoursPeriod, TimeOff
from shs.doctors.timetable import Timetable
from shs.users.models import User

MOST_DECIDED = 500
"""So many visits are moved or cancelled at once; those of the days after them wait to be decided."""


class Move(NamedTuple):
    """A visit is moved to the slot of a doctor that starts at `starts_at`."""

    doctor: int
    starts_at: datetime


CANCEL, KEEP = "cancel", "keep"
Decision = Move | str
"""What becomes of a visit: a Move, CANCEL, or KEEP: it waits in the list of visits without a doctor."""
Store = Callable[[], object]
"""Stores what takes the doctor away."""


class Done(NamedTuple):
    """How many visits were moved and cancelled, and how many wait to be decided."""

    moved: int
    cancelled: int
    kept: int


@atomic_with_retry
def carry_out(
    *,
    outage: Outage,
    decisions: Mapping[int, Decision],
    store: Store = lambda: None,
    by: User,
    now: datetime,
    others: str = "",
) -> Done:
    """`store()` what takes the doctor away, and decide about each visit that it hits, in one transaction with the
    notices. `others`: what becomes of visits that are not in `decisions` (CANCEL, KEEP); by default they are refused,
    because nobody has seen them, except those that `by` may not decide about, which are kept.

    Locks the doctors, then the patients, each in the order of their keys, as a booking locks one of both; so no slot is
    given twice. Raises PlanOutdated, SlotTaken, PatientBusy (409) and NotASlot (422), and stores nothing then."""
    doctors = _lock_doctors(outage, decisions, now)
    hit = outage.hit(now)
    _lock_patients(hit)
    asked = [visit.pk for visit in hit if visit.pk not in decisions]
    if asked and not others and decidable(by, outage, asked):
        raise PlanOutdated
    with _planning():
        store()
    counts = {"moved": 0, CANCEL: 0, KEEP: 0}
    for number, visit in enumerate(hit):
        decision = decisions.get(visit.pk, others or KEEP) if number < MOST_DECIDED else KEEP
        lock(visit)
        if visit.status not in LIVE:
            continue
        if isinstance(decision, Move):
            _move(visit, decision, doctors, by, now)
            counts["moved"] += 1
        elif decision == CANCEL:
            cancel(visit=visit, cause=_cause(outage, visit))
            counts[CANCEL] += 1
        else:
            lose_doctor(visit, now)
            counts[KEEP] += 1
    if outage.doctor is not None and not outage.is_known:
        look_again(outage.doctor, now)  # another time off may have become shorter, or hours longer
    return Done(counts["moved"], counts[CANCEL], counts[KEEP])


def accepted(visits: Iterable[Appointment], outage: Outage, now: datetime) -> dict[int, Decision]:
    """What is proposed for each of `visits`."""
    found: dict[int, Decision] = {}
    for proposal in propose(list(visits), outage, now):
        place = proposal.first
        found[proposal.visit.pk] = Move(place.doctor.pk, place.opening.starts_at) if place else CANCEL
    return found


def decidable(by: User, outage: Outage, visits: Collection[int]) -> set[int]:
    """Those of the visits with these keys about which `by` may decide."""
    if not outage.asks_rights:
        return set(visits)
    rows = Appointment.objects.allowed(by, "cancel").filter(pk__in=visits)
    return set(rows.values_list("pk", flat=True))


def lose_doctor(visit: Appointment, now: datetime) -> None:
    """Put a visit into the list of visits without a doctor, and hold its reminders. The caller has locked it."""
    if visit.without_doctor_since is None:
        visit.lose_doctor(now=now)
        hold_reminders(visit, now)


def find_doctor(visit: Appointment, now: datetime) -> None:
    """Take a visit out of that list, because its doctor is there after all. The caller has locked it."""
    tell_back(visit, now)
    visit.find_doctor()


def end_time_off(*, row: TimeOff, now: datetime) -> None:
    """Delete time off; visits of which nobody has decided yet take place as planned."""
    doctor_id = row.doctor_id
    with transaction.atomic():
        row.delete()
        look_again(doctor_id, now)


_is_planned: ContextVar[bool] = ContextVar("is_planned", default=False)


@contextmanager
def _planning() -> Iterator[None]:
    """What is stored within is being decided about: nobody is put into the list by `look_again`."""
    before = _is_planned.set(True)
    try:
        yield
    finally:
        _is_planned.reset(before)


def end_period(*, period: HoursPeriod, by: User, now: datetime, affected: str = "") -> Done:
    """Delete other hours of a period, so that the weekly ones hold again. `affected`: what becomes of visits that do
    not lie in these (CANCEL, KEEP)."""
    outage = other_period(period, None)
    return carry_out(outage=outage, decisions={}, store=period.delete, by=by, now=now, others=affected)


def open_again(*, day: ClosedDay, store: Store, now: datetime) -> None:
    """`store()` that a clinic is open on the closed `day` after all, or on fewer days; visits of which nobody has
    decided yet take place as planned."""
    with transaction.atomic():
        store()
        lost = Appointment.objects.without_doctor().upcoming(now).filter(clinic=day.clinic_id).order_by()
        for doctor in sorted(set(lost.values_list("doctor", flat=True))):
            look_again(doctor, now)


def look_again(doctor_id: int, now: datetime) -> None:
    """Compare a doctor's visits to come with the hours, the time off and whether they can be booked, after these have
    changed: who is without a doctor is put into the list, and who has one again is taken out. What has become free is
    offered."""
    if _is_planned.get():
        return
    with transaction.atomic():
        soon(OFFER)
        DoctorInformation.objects.select_for_update(of=("self",)).get(pk=doctor_id)
        rows = Appointment.objects.filter(doctor=doctor_id)
        away = set(hit_now(rows, now).values_list("pk", flat=True))
        hours = Timetable.of_doctor(doctor_id)
        for visit in rows.live().upcoming(now).order_by("pk"):
            is_away = visit.pk in away or not lies_in(visit, hours)
            if is_away != (visit.without_doctor_since is not None):
                lock(visit)
                lose_doctor(visit, now) if is_away else find_doctor(visit, now)


def look_again_at(user: User, now: datetime) -> None:
    """As `look_again`, after an account has changed; nothing for people who are no doctors."""
    doctor = DoctorInformation.objects.filter(user=user.pk).values_list("pk", flat=True).first()
    if doctor is not None:
        look_again(doctor, now)


def look_again_at_clinic(clinic_id: int, now: datetime) -> None:
    """As `look_again`, of all doctors who have visits at a clinic, after it was closed or opened."""
    rows = Appointment.objects.live().upcoming(now).filter(clinic=clinic_id)
    with transaction.atomic():
        for doctor in sorted(set(rows.order_by().values_list("doctor", flat=True))):
            look_again(doctor, now)


def find_without_doctor(*, now: datetime, dry_run: bool = False) -> int:
    """Put the visits to come into the list whose doctor is off, suspended or without a licence, or whose clinic is
    closed; returns their number. Safe to run twice at the same time."""
    due = hit_now(Appointment.objects.filter(without_doctor_since=None), now).order_by("pk")
    back = Appointment.objects.without_doctor().upcoming(now).order_by().values_list("doctor", flat=True).distinct()
    if dry_run:
        return due.count()
    for doctor in list(back):
        look_again(doctor, now)
    return one_by_one(due, lambda visit: lose_doctor(visit, now))


def _lock_doctors(outage: Outage, decisions: Mapping[int, Decision], now: datetime) -> dict[int, DoctorInformation]:
    """The doctors whose visits are hit or who are to see them instead, locked in the order of their keys."""
    keys = {visit.doctor_id for visit in outage.hit(now)} | {outage.doctor}
    keys |= {decision.doctor for decision in decisions.values() if isinstance(decision, Move)}
    if outage.clinic is not None and not outage.is_known:  # nobody there is booked while it is closed
        keys |= set(DoctorInformation.objects.filter(clinics=outage.clinic).values_list("pk", flat=True))
    rows = DoctorInformation.objects.select_for_update(of=("self",)).select_related("user")
    return {doctor.pk: doctor for doctor in rows.filter(pk__in=keys).order_by("pk")}


def _lock_patients(hit: list[Appointment]) -> None:
    keys = {visit.patient_id for visit in hit}
    list(User.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk"))


def _move(
    visit: Appointment, decision: Move, doctors: Mapping[int, DoctorInformation], by: User, now: datetime
) -> None:
    doctor = doctors.get(decision.doctor)
    try:
        if doctor is None or not DoctorInformation.objects.listed().filter(pk=doctor.pk).exists():
            raise NotASlot(_("This doctor does not exist or cannot be booked."))
        relocate(visit=visit, doctor=doctor, starts_at=decision.starts_at, by=by, now=now)
    except (NotASlot, PatientBusy, SlotTaken) as refusal:
        told = _("%(patient)s, %(when)s: %(why)s")
        about = {"patient": visit.patient.name, "when": show_datetime(visit.starts_at), "why": refusal.detail}
        raise type(refusal)(told % about) from refusal


def _cause(outage: Outage, visit: Appointment) -> Cause:
    """It lies on the side of the clinic if that is closed, else of the doctor."""
    if outage.is_known and visit.clinic is not None and not visit.clinic.is_active:
        return Cause(CancelledBy.CLINIC, CancelCode.CLINIC_CLOSED)
    is_clinics = outage.doctor is None and not outage.is_known
    return Cause(CancelledBy.CLINIC if is_clinics else CancelledBy.DOCTOR, outage.code, outage.reason)
