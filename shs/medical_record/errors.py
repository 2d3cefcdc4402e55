"""Refusals of this app."""

from django.utils.translation import gettext_lazy as _

from shs.core.errors import Refused


class InError(Refused):
    """The entry was marked as entered in error, and stays as it is."""

    code = "entered_in_error"
    title = _("This entry was marked as entered in error")


class ReviewPending(Refused):
    """An auditor has yet to review this doctor's last emergency access."""

    code = "review_pending"
    title = _("Your last emergency access has not been reviewed yet")


class AlreadyReadable(Refused):
    """The doctor already has access to this chart."""

    code = "already_readable"
    title = _("You already have access to this chart")
