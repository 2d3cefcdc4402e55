"""Decides how a notice reaches its recipient: by mail, by SMS, in the app, or not at all."""

from typing import NamedTuple

from django.utils.translation import gettext_noop

from shs.notices import gateway
from shs.notices.kinds import BY_PHONE, BY_SMS, CODES, PRIVATE
from shs.notices.models import Notice, SmsWhen
from shs.notices.reach import contact_of

NO_WAY = gettext_noop("This person has no e-mail address, no app and no phone number to which a text could go.")


class Way(NamedTuple):
    """How a notice goes; `error` says why nothing but the app is left, in which it may never be read."""

    channel: str
    error: str = ""


def way_of(told: Notice) -> Way:
    """An address gets a mail, unless its owner wants texts instead. Who has none is told in the app, or by SMS where
    nobody has logged in to one. A code is not shown in the app, and one that is
    to prove a phone goes there. For a person whom nothing reaches nobody is called if
    their guardians are told. Needs no query for those who have an address."""
    channels, has_mail = Notice.Channel, bool(told.address or told.user.email) and not told.data.get(BY_PHONE)
    choice = getattr(told.user, "sms_choice", None)
    when = choice.sms if choice else SmsWhen.IF_NEEDED
    if has_mail and (when != SmsWhen.FIRST or told.address or told.kind not in BY_SMS):
        return Way(channels.EMAIL)
    contact = contact_of(told.user)
    is_sent = told.kind in BY_SMS and when != SmsWhen.NEVER and bool(contact.phone) and gateway.is_there()
    if is_sent and not contact.is_made_up and (has_mail or not contact.has_app or told.kind in CODES):
        return Way(channels.SMS)
    if has_mail:
        return Way(channels.EMAIL)
    is_read = contact.has_app or contact.is_made_up or told.kind not in BY_SMS or "is_told_to_guardians" in told.data
    return Way(channels.APP, "" if is_read and told.kind not in PRIVATE else NO_WAY)
