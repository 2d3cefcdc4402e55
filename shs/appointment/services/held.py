"""Slots that are kept for somebody on the waiting list, and what takes them away."""

from datetime import datetime
from typing import Protocol

from django.utils.translation import gettext as _

from shs.appointment.earlier_notices import tell_over
from shs.appointment.errors import SlotTaken
from shs.appointment.models import OFFER, Appointment, EarlierOffer, Outcome
from shs.core.due.soon import soon
from shs.core.records.transitions import lock
from shs.users.models import User


class Period(Protocol):
    """A slot, or anything else that begins and ends; with a `capacity` several patients share it."""

    @property
    def starts_at(self) -> datetime: ...

    @property
    def ends_at(self) -> datetime: ...

    @property
    def capacity(self) -> int | None: ...


def take_held(doctor_id: int, slot: Period, *, patient: User, is_patients: bool, now: datetime) -> None:
    """Take a slot although it is kept for somebody: the desk and the doctor may, and who waited is told; patients may
    not. The caller has locked the doctor. Raises SlotTaken (409)."""
    meeting = EarlierOffer.objects.open().meeting(slot.starts_at, slot.ends_at).filter(doctor=doctor_id)
    if slot.capacity is not None and _places_left(doctor_id, slot) > meeting.count():
        return
    for offer in meeting.select_related("wish").order_by("pk"):
        if is_patients and now < offer.open_until:
            if offer.wish.patient_id == patient.pk:
                raise SlotTaken(_("This time is kept for you: accept the offer."))
            raise SlotTaken
        lock(offer)
        if offer.outcome == Outcome.OPEN:
            end_offer(offer, Outcome.TAKEN if now < offer.open_until else Outcome.EXPIRED, now)


def _places_left(doctor_id: int, slot: Period) -> int:
    """How many places of a window by serial no visit has."""
    visits = Appointment.objects.meeting(slot.starts_at, slot.ends_at).filter(doctor=doctor_id, is_by_serial=True)
    taken = visits.filter(starts_at=slot.starts_at, place__lte=slot.capacity).count()
    return (slot.capacity or 1) - taken


def end_offer(offer: EarlierOffer, outcome: str, now: datetime) -> None:
    """End an offer that was not answered or whose slot is gone; who waited is told, and the next one gets the slot if
    it is free. The caller has locked it."""
    offer.close(outcome, now=now)
    tell_over(offer)
    soon(OFFER)
