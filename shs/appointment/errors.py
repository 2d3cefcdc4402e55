"""Refusals of this app."""

from django.utils.translation import gettext_lazy as _

from shs.core.errors import Invalid, Refused


class SlotTaken(Refused):
    """The slot is booked by another patient."""

    code = "slot_taken"
    title = _("That time is no longer free")


class PatientBusy(Refused):
    """The patient has another visit at that time."""

    code = "patient_busy"
    title = _("You have another appointment at that time")


class TooManyVisits(Refused):
    """The patient has as many open visits as one may have, or one to this doctor on that day."""

    code = "too_many_visits"
    title = _("You have too many open visits")


class NotASlot(Invalid):
    """The doctor does not work at that time."""

    code = "not_a_slot"
    title = _("The doctor has no slot at that time")


class TooLate(Refused):
    """The visit has begun, or is over."""

    code = "too_late"
    title = _("The visit has already begun")


class TooLateToCancel(TooLate):
    """The patient could cancel or move the visit only until some time before it."""

    code = "too_late_to_cancel"
    title = _("It is too late to cancel or move this visit")


class TooEarly(Refused):
    """The visit has not begun."""

    code = "too_early"
    title = _("The visit has not begun yet")


class VisitsAffected(Refused):
    """Booked visits are hit; `more["visits"]` lists them, and the caller says what becomes of them."""

    code = "visits_affected"
    title = _("Booked visits are affected")


class PlanOutdated(Refused):
    """Visits were booked or changed after the plan was shown."""

    code = "plan_outdated"
    title = _("Visits have been booked in the meantime: look at the plan again")


class OfferOver(Refused):
    """The offered time was taken meanwhile, or the offer was answered, or has run out."""

    code = "offer_over"
    title = _("This offer is over")
