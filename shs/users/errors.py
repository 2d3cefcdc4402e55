"""Refusals of this app."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from shs.core.errors import Forbidden, Invalid, TooMany, Unauthenticated


class Muted(Forbidden):
    """A moderator has muted the caller."""

    code = "muted"
    title = _("You are muted and cannot post at the moment")


class CodeNeeded(Unauthenticated):
    """The password is correct, but the account has a second factor and no code was sent."""

    code = "code_needed"
    title = _("Send your second-factor code as well, in `code`")


class WrongCode(Invalid):
    """A wrong or used code of the second factor."""

    code = "wrong_code"
    title = _("Incorrect code")


def locked_out() -> TooMany:
    """Too many failed logins of one account from one address."""
    seconds = int(settings.AXES_COOLOFF_TIME.total_seconds())
    return TooMany(_("Too many failed logins. Try again later, or reset your password."), retry_after=seconds)
