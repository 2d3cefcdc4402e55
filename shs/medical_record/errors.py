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
    title = _("Your last emergency access waits for its review")


class AlreadyReadable(Refused):
    """There is no glass to break: the chart is open to this doctor."""

    code = "already_readable"
    title = _("You may read this chart already")
