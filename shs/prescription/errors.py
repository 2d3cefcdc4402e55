"""Refusals of this app."""

from django.utils.translation import gettext_lazy as _

from shs.core.errors import Refused


class AlreadyPrescribed(Refused):
    """The visit has a prescription, or one that is being written."""

    code = "prescription_exists"
    title = _("This visit has a prescription already")


class NotAVisit(Refused):
    """Nothing is prescribed for a visit that was not confirmed, or did not take place."""

    code = "visit_not_confirmed"
    title = _("Only a confirmed or completed visit can have a prescription")


class Sealed(Refused):
    """What was issued stays as it is; a correction is an amendment."""

    code = "prescription_sealed"
    title = _("An issued prescription cannot be changed")


class SealBroken(Refused):
    """The stored content is not what was issued: the database was changed beside this program."""

    code = "prescription_seal_broken"
    title = _("This prescription is not what was issued")


class Unacknowledged(Refused):
    """A warning has not been answered with a reason."""

    code = "warnings_unacknowledged"
    title = _("Answer each warning with a reason")
