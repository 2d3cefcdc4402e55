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


class NotASlot(Invalid):
    """The doctor does not work at that time."""

    code = "not_a_slot"
    title = _("The doctor has no slot at that time")


class TooLate(Refused):
    """The visit has begun, or is over."""

    code = "too_late"
    title = _("The visit has already begun")


class TooEarly(Refused):
    """The visit has not begun."""

    code = "too_early"
    title = _("The visit has not begun yet")
