"""Refusals of this app."""

from django.utils.translation import gettext_lazy as _

from shs.core.errors import Refused


class AlreadyPrescribed(Refused):
    """The visit has a prescription, or one that is being written."""

    code = "prescription_exists"
    title = _("This visit already has a prescription")


class NotAVisit(Refused):
    """Only confirmed or completed visits can have a prescription."""

    code = "visit_not_confirmed"
    title = _("Only a confirmed or completed visit can have a prescription")


class Sealed(Refused):
    """An issued prescription cannot be changed; corrections are amendments."""

    code = "prescription_sealed"
    title = _("An issued prescription cannot be changed")


class SealBroken(Refused):
    """The stored content differs from what was issued, so the database was changed by another program."""

    code = "prescription_seal_broken"
    title = _("The content of this prescription was changed after issuing")


class Unacknowledged(Refused):
    """A warning has not been answered with a reason."""

    code = "warnings_unacknowledged"
    title = _("Give a reason for each warning")
