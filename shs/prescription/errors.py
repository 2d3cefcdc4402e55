"""Refusals of this app."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext_lazy as _

from shs.core.errors import Refused
from shs.core.labels import Label


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


class NotNow(Refused):
    """A prescription belongs to a visit that has begun and was not long ago."""

    code = "visit_not_now"
    title = _("A prescription belongs to a visit that has begun and was not long ago")


class Unacknowledged(Refused):
    """A warning that stops has not been answered with a reason. `more` has the warnings that stop with their keys."""

    status = 422
    code = "acknowledgement_needed"
    title = _("Give a reason for each warning")

    def __init__(self, detail: Label = "", *, warnings: Sequence[Mapping[str, object]] = ()):
        super().__init__(detail, field="acknowledge")
        self.more = {"warnings": list(warnings)}
