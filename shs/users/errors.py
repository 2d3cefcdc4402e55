"""Refusals of this app."""

from django.utils.translation import gettext_lazy as _

from shs.core.errors import Forbidden, Invalid, Refused, Unauthenticated


class EmailTaken(Refused):
    """The e-mail address already has an account."""

    code = "email_taken"
    title = _("There is already an account with this address")


class Muted(Forbidden):
    """A moderator has muted the caller."""

    code = "muted"
    title = _("You are muted and cannot post at the moment")


class Unconfirmed(Forbidden):
    """The caller has not confirmed the e-mail address of the account, which may be somebody else's."""

    code = "email_unconfirmed"
    title = _("Confirm your e-mail address first: open the link that we have sent to it")


class NoTexts(Refused):
    """This server has no SMS gateway, so no code reaches any phone."""

    code = "no_sms"
    title = _("No codes can be sent to phones here. Use an e-mail address, or ask at the front desk")


class WrongAnswer(Invalid):
    """A wrong date of birth, patient number or code of a card."""

    code = "wrong_answer"
    title = _("This does not match what we know of this person")


class CodeNeeded(Unauthenticated):
    """The password is correct, but the account has a second factor and no code was sent."""

    code = "code_needed"
    title = _("Send your second-factor code as well, in `code`")


class FactorNeeded(Forbidden):
    """The account must have a second factor, and has none yet."""

    code = "second_factor_required"
    title = _("Set up a second factor first")


class WrongCode(Invalid):
    """A wrong or used code of the second factor."""

    code = "wrong_code"
    title = _("Incorrect code")
