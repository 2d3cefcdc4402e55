"""Refusals of this app."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from shs.core.errors import Refused
from shs.core.labels import Label
from shs.medical_record.errors import NotNow as NotNow  # of what is written about a visit


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
    """A blocking warning has not been answered with a reason. `more` has the blocking warnings with their keys,
    `found` the findings themselves."""

    status = 422
    code = "acknowledgement_needed"
    title = _("Give a reason for each warning")

    def __init__(
        self,
        detail: Label = "",
        *,
        warnings: Sequence[Mapping[str, object]] = (),
        found: Sequence[Any] = (),
    ):
        super().__init__(detail, field="acknowledge")
        self.more = {"warnings": list(warnings)}
        self.found = list(found)


class TooLate(Refused):
    """A pharmacy takes back what it has entered within half an hour."""

    code = "dispensing_too_late"
    title = _("This can no longer be taken back")


class NotToDispense(Refused):
    """The prescription does not count: it was amended, cancelled or changed, or it is too old."""

    code = "prescription_not_valid"
    title = _("Nothing may be dispensed on this prescription")


class WrongCode(Refused):
    """The code for the pharmacy is wrong, or it was used."""

    status = 422
    code = "wrong_code"
    title = _("The code is wrong, or it was used already")


class NoPharmacy(Refused):
    """The account belongs to no pharmacy that may dispense medicines: it is suspended, or nobody's."""

    status = 403
    code = "no_active_pharmacy"
    title = _("Your pharmacy may dispense nothing at present")


class GivenBefore(Refused):
    """A medicine was dispensed whole before; the pharmacy has to say that it saw that."""

    code = "dispensed_before"
    title = _("A medicine was dispensed before")
