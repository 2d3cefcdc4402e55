"""Refusals of this app."""

from django.utils.translation import gettext_lazy as _

from shs.core.errors import Refused


class AlreadyClaimed(Refused):
    """Another reviewer holds the case."""

    code = "already_claimed"
    title = _("Somebody else has taken this case on")


class ProfileExists(Refused):
    """The account already has a doctor's profile."""

    code = "profile_exists"
    title = _("You already have a doctor's profile")


class LicenceTaken(Refused):
    """The licence number belongs to another doctor."""

    code = "licence_taken"
    title = _("There is already a doctor with this licence number")


class AlreadyReviewed(Refused):
    """A patient reviews a doctor once; the review can be changed."""

    code = "already_reviewed"
    title = _("You have already reviewed this doctor")
