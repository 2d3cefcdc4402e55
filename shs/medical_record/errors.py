"""Refusals of this app."""

from django.utils.translation import gettext_lazy as _

from shs.core.errors import Refused
from shs.core.labels import Label


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


class NoteSigned(Refused):
    """A signed note stays as it is; corrections are amendments."""

    code = "note_signed"
    title = _("A signed note cannot be changed, only amended")


class StaleDraft(Refused):
    """Somebody, or another window, has saved the draft since it was read. `more` has its present `number`."""

    code = "draft_changed"
    title = _("This draft was changed in another window")

    def __init__(self, detail: Label = "", *, number: int = 0):
        super().__init__(detail)
        self.more = {"number": number}


class TakenOver(Refused):
    """A colleague writes this visit now."""

    code = "visit_taken_over"
    title = _("A colleague has taken over this visit")


class NotNow(Refused):
    """What is written about a visit belongs to one that has begun and was not long ago."""

    code = "visit_not_now"
    title = _("A prescription belongs to a visit that has begun and was not long ago")
