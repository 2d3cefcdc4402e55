"""The waiting list: asking to come earlier, leaving the list, and answering an offer."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from shs.appointment.earlier_notices import take_offer_back
from shs.appointment.errors import NotASlot, OfferOver, SlotTaken
from shs.appointment.models import (
    OFFER,
    TAKEN_MEANWHILE,
    Appointment,
    EarlierOffer,
    EarlierWish,
    Outcome,
    WishState,
)
from shs.appointment.services.booking import book, lock_both, lock_patient, reschedule
from shs.appointment.services.slots import latest_start
from shs.core.due.soon import soon
from shs.core.errors import Forbidden, Invalid, NotFound, StepRefused
from shs.core.records.transactions import atomic_with_retry
from shs.core.records.transitions import lock, save_with_reason
from shs.doctors.models import Clinic, DoctorInformation, DoctorSpecialization
from shs.users.families import speaks_for
from shs.users.models import User
from shs.users.services import at_death


@dataclass(frozen=True, kw_only=True)
class Suits:
    """When somebody could come: days (by default from today to the visit, or the last that can be booked), weekdays (0
    is Monday; none: all), and from when to when on the clock."""

    first_on: date | None = None
    last_on: date | None = None
    weekdays: Iterable[int] = ()
    from_time: time | None = None
    to_time: time | None = None

    def stored(self, last: date, now: datetime) -> dict[str, object]:
        """As fields of a wish that may last until the day `last`. Raises Invalid (422)."""
        today = timezone.localdate(now)
        first_on, last_on = max(self.first_on or today, today), min(self.last_on or last, last)
        if last_on < today:
            raise Invalid(_("These days have passed."), field="to_date")
        if last_on < first_on:
            words = _("None of these days can be offered: they are after the visit, or cannot be booked yet.")
            raise Invalid(words, field="from_date")
        if self.from_time and self.to_time and self.to_time <= self.from_time:
            raise Invalid(_("The time ends before it begins."), field="to_time")
        days = sorted(set(self.weekdays))
        return {
            "first_on": first_on,
            "last_on": last_on,
            "weekdays": "" if len(days) == 7 else "".join(str(day) for day in days),
            "from_time": self.from_time,
            "to_time": self.to_time,
        }


@atomic_with_retry
def ask_earlier(
    *,
    patient: User,
    doctor_id: int | None = None,
    specialty_id: int | None = None,
    clinic_id: int | None = None,
    visit: Appointment | None = None,
    suits: Suits,
    by: User | None = None,
    now: datetime,
) -> EarlierWish:
    """Put `patient` on the waiting list: to move a `visit` forward, or for the first time with a doctor (a visit to
    this doctor that is to come is moved then, too) or with any doctor of a specialty at a clinic. `by`: who does it at
    the desk. Raises NotFound (404) for a doctor who cannot be booked, Forbidden (403) at a clinic of others, Invalid
    (422), StepRefused (409) for those on this list already, or on too many, and as `Appointment.require_movable`."""
    patient = lock_patient(patient)
    if not patient.may_be_patient:
        raise Invalid(_("Visits are booked for patients only."), field="patient")
    if visit is not None:
        lock(visit)
        visit.require_movable(now)
        doctor_id, specialty_id = visit.doctor_id, None
    elif doctor_id is not None:
        ahead = patient.appointments.live().filter(doctor=doctor_id, starts_at__gt=now)
        visit = ahead.order_by("starts_at", "pk").first()
    source = EarlierWish.Source.APP if by is None else EarlierWish.Source.DESK
    wish = EarlierWish(patient=patient, visit=visit, source=source, made_at=now)
    if doctor_id is not None:
        wish.doctor = _bookable(doctor_id)
        wish.clinic = visit.clinic if visit is not None else _clinic_of(wish.doctor, clinic_id)
    else:
        wish.specialty, wish.clinic = _specialty_at(specialty_id, clinic_id)
    last = latest_start(now) - timedelta(seconds=1)
    ends = last if visit is None else min(last, visit.starts_at)
    for name, value in suits.stored(timezone.localdate(ends), now).items():
        setattr(wish, name, value)
    _require_new(wish)
    save_with_reason(wish, "asked for")
    if by is not None and not by.has_perm("appointment.add_earlierwish", wish):
        raise Forbidden(_("This is at a clinic where you do not work."))
    soon(OFFER)
    return wish


def _bookable(doctor_id: int) -> DoctorInformation:
    doctor = DoctorInformation.objects.listed().filter(pk=doctor_id).first()
    if doctor is None:
        raise NotFound(_("This doctor does not exist or cannot be booked."))
    return doctor


def _clinic_of(doctor: DoctorInformation, clinic_id: int | None) -> Clinic | None:
    """The clinic at which the doctor is wanted. A doctor of one clinic is wanted there."""
    clinics = list(doctor.clinics.order_by("pk"))
    if clinic_id is None and len(clinics) < 2:
        return next(iter(clinics), None)
    found = next((clinic for clinic in clinics if clinic.pk == clinic_id), None)
    if found is None:
        raise Invalid(_("Choose one of the clinics of this doctor."), field="clinic")
    return found


def _specialty_at(specialty_id: int | None, clinic_id: int | None) -> tuple[DoctorSpecialization, Clinic]:
    specialty = DoctorSpecialization.objects.filter(pk=specialty_id).first()
    if specialty is None:
        raise Invalid(_("Choose a doctor, or a specialty and a clinic."), field="doctor")
    clinic = Clinic.objects.filter(pk=clinic_id).first()
    if clinic is None:
        raise Invalid(_("Choose a clinic."), field="clinic")
    return specialty, clinic


def _require_new(wish: EarlierWish) -> None:
    """The caller has locked the patient."""
    others = list(EarlierWish.objects.waiting().filter(patient=wish.patient))
    same = (wish.doctor_id, wish.specialty_id, wish.clinic_id if wish.doctor_id is None else None)
    for other in others:
        if same == (other.doctor_id, other.specialty_id, other.clinic_id if other.doctor_id is None else None):
            raise StepRefused(_("The patient is on this waiting list already."))
    if len(others) >= settings.MAX_OPEN_VISITS and wish.source == EarlierWish.Source.APP:
        raise StepRefused(_("A patient can be on at most %(most)s waiting lists.") % {"most": settings.MAX_OPEN_VISITS})


def withdraw_wish(*, wish: EarlierWish, now: datetime, reason: str = "withdrawn") -> None:
    """Take somebody off the waiting list; what is offered to them goes to the next. Raises StepRefused (409)."""
    with transaction.atomic():
        wish.withdraw(now=now, reason=reason)
        _close_open(wish, now)


def end_wish(wish: EarlierWish, now: datetime) -> None:
    """End a wish for which nothing can be found any more, and what is offered."""
    with transaction.atomic():
        wish.end(now=now)
        _close_open(wish, now)


def _close_open(wish: EarlierWish, now: datetime) -> None:
    for offer in EarlierOffer.objects.open().filter(wish=wish).select_for_update(of=("self",)):
        offer.close(Outcome.DECLINED, now=now)
        take_offer_back(wish, "the wish was withdrawn")
        soon(OFFER)


@at_death
def end_wishes(user: User, now: datetime) -> None:
    """Take a person who has died off the waiting lists."""
    for wish in EarlierWish.objects.waiting().filter(patient=user).order_by("pk"):
        withdraw_wish(wish=wish, now=now, reason="the patient has died")


@atomic_with_retry
def accept_offer(*, offer: EarlierOffer, by: User | None, now: datetime) -> Appointment:
    """Accept an offer as the patient, a guardian or the desk, or by its link (None): the visit is moved by the rules of
    `reschedule`, or booked. Of who was put on the list by the desk a new visit is confirmed. A second acceptance
    changes nothing. Raises OfferOver (409) if the slot was taken meanwhile or the offer is over, and the wish keeps its
    place; else as `book` and `reschedule`. Locks the doctor, the patient, the wish, and then the offer."""
    wish = offer.wish
    try:
        _doctor, patient = lock_both(offer.doctor_id, wish.patient)
    except NotFound:
        raise OfferOver(TAKEN_MEANWHILE) from None
    lock(wish)
    lock(offer)
    if offer.outcome == Outcome.ACCEPTED and wish.visit is not None:
        return wish.visit
    offer.require_open(now)
    if wish.state != WishState.WAITING:
        raise OfferOver
    offer.close(Outcome.ACCEPTED, now=now)
    take_offer_back(wish, "the offer was accepted")
    try:
        visit = _take(wish, offer, patient, by, now)
    except (NotASlot, SlotTaken):
        raise OfferOver(TAKEN_MEANWHILE) from None
    wish.serve(visit, now=now)
    soon(OFFER)  # the time that becomes free is offered
    return visit


def _take(wish: EarlierWish, offer: EarlierOffer, patient: User, by: User | None, now: datetime) -> Appointment:
    at = timezone.localtime(offer.starts_at)
    if wish.visit is not None:
        return reschedule(visit=wish.visit, date=at.date(), time=at.time(), by=by or patient, now=now)
    is_desks = wish.source == EarlierWish.Source.DESK if by is None else not speaks_for(by, patient, now)
    return book(
        patient=patient,
        doctor_id=offer.doctor_id,
        date=at.date(),
        time=at.time(),
        now=now,
        source=Appointment.Source.DESK if is_desks else Appointment.Source.APP,
        confirms=is_desks,
        by=by or patient,
    )


def decline_offer(*, offer: EarlierOffer, now: datetime) -> None:
    """Decline an offer: the next one gets the slot, and the wish keeps its place. Raises OfferOver (409)."""
    with transaction.atomic():
        lock(offer)
        if offer.outcome == Outcome.DECLINED:
            return
        offer.require_open(now)
        offer.close(Outcome.DECLINED, now=now)
        take_offer_back(offer.wish, "the offer was declined")
        soon(OFFER)
