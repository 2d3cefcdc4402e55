"""Refusals of this app."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from shs.core.errors import Forbidden, Invalid, TooMany, Unauthenticated


class Muted(Forbidden):
    """A moderator keeps the caller from writing in public for a while."""

    code = "muted"
    title = _("You are muted and cannot post at the moment")


class CodeNeeded(Unauthenticated):
    """The password is right, and the account has a second factor: a stolen password opens nothing else either."""

    code = "code_needed"
    title = _("Send your second-factor code as well, in `code`")


class WrongCode(Invalid):
    """A code of the second factor that does not fit, or no longer."""

    code = "wrong_code"
    title = _("Incorrect code")


def locked_out() -> TooMany:
    """What follows too many failed logins of one address from one place."""
    seconds = int(settings.AXES_COOLOFF_TIME.total_seconds())
    return TooMany(_("Too many failed logins. Try again later, or reset your password."), retry_after=seconds)
