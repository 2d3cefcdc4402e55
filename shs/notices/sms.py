"""Sends notices by SMS, each once, within the quiet hours and the limit of cost; and codes to phones."""

import logging
from datetime import date, datetime

from django.conf import settings
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from shs.notices import budget, gateway
from shs.notices.models import Notice, State
from shs.notices.reach import contact_of
from shs.notices.segments import segments
from shs.notices.sending import LOST, TOO_LATE, Away, claim, give_up, put_off, row, send_each
from shs.notices.texts import ForeignLink, text_of

log = logging.getLogger(__name__)

NO_PHONE = gettext_noop("This person has no phone number to which a text could go.")
MADE_UP = gettext_noop("Demo accounts are sent no texts.")
USED_UP = gettext_noop("Today's limit for the cost of texts is reached.")
FOREIGN_LINK = gettext_noop("A text may not contain links to other sites.")
NOT_DELIVERED = gettext_noop("The provider could not deliver the text.")


def deliver_sms(*, now: datetime, dry_run: bool = False) -> int:
    """Send the texts that are due at `now`; returns the number sent. As `deliver`, safe in several processes."""
    due = Notice.objects.due(now).by_sms()
    return send_each(due, lambda pk: _send_one(pk, now), now=now, dry_run=dry_run)


def mark_of(told: Notice) -> str:
    """What identifies one attempt to send `told`, for the gateway and its delivery reports."""
    return f"{told.pk}-{int(told.claimed_at.timestamp())}" if told.claimed_at else f"{told.pk}-0"


def _send_one(pk: int, now: datetime) -> bool:
    """Claim one text and send it; whether that was done here. Raises Away."""
    told = claim(pk, now)
    if told is None:
        return False
    contact = contact_of(told.user)
    if contact.is_made_up:
        row(pk).update(state=State.TAKEN_BACK, error=MADE_UP)
    elif budget.is_useless(told, now):
        row(pk).update(state=State.TAKEN_BACK, error=TOO_LATE)
    elif not contact.phone:
        give_up(told, NO_PHONE)
    elif not budget.cannot_wait(told, now) and (until := budget.quiet_until(now)):
        _wait(told, until, TOO_LATE)
    else:
        return _pay_and_send(told, contact.phone, now)
    return False


def _pay_and_send(told: Notice, number: str, now: datetime) -> bool:
    try:
        text = text_of(told, with_secret=True)
    except ForeignLink:
        give_up(told, FOREIGN_LINK)
        return False
    count, day = segments(text), timezone.localdate(now)
    cost = count * budget.thousandths(settings.SMS_PRICE)
    if not budget.reserve(told.charged_to, cost, day=day, passes=budget.cannot_wait(told, now)):
        _wait(told, budget.next_day(now), USED_UP)
        return False
    row(told.pk).update(number=number, segments=count, cost=cost)
    try:
        gateway.send(to=number, text=text, mark=mark_of(told))
    except gateway.MayBeSent:
        give_up(told, LOST)
        return False
    except gateway.Rejected as refusal:
        _unpaid(told, cost, day)
        give_up(told, _("The SMS gateway rejected the text (%(code)s).") % {"code": refusal.status})
        return False
    except gateway.NotSent as error:
        _unpaid(told, cost, day)
        put_off(told, now, _("The SMS gateway could not be reached."))
        raise Away from error
    row(told.pk).update(state=State.SENT, sent_at=timezone.now())
    return True


def _unpaid(told: Notice, cost: int, day: date) -> None:
    budget.give_back(told.charged_to, cost, day=day)
    row(told.pk).update(cost=0)


def _wait(told: Notice, until: datetime, why: str) -> None:
    """Send it at `until`, or have somebody call if it would be useless then. Waiting is no attempt."""
    if budget.is_useless(told, until):
        give_up(told, why)
    else:
        row(told.pk).update(state=State.QUEUED, next_at=until, attempts=F("attempts") - 1, error=why)


def send_code(*, to: str, text: str, mark: str, now: datetime) -> None:
    """Send a code to the number `to`, whoever has it: once, whatever it costs and in the quiet hours, too. Raises Away
    if it was not sent and can be sent later. Never in a transaction."""
    cost, day = segments(text) * budget.thousandths(settings.SMS_PRICE), timezone.localdate(now)
    budget.reserve("", cost, day=day, passes=True)
    try:
        gateway.send(to=to, text=text, mark=mark)
    except gateway.MayBeSent:
        log.warning("The SMS gateway did not say whether it has sent a code.")
    except gateway.Rejected as refusal:
        budget.give_back("", cost, day=day)
        log.warning("The SMS gateway rejected a code (%s).", refusal.status)
    except gateway.NotSent as error:
        budget.give_back("", cost, day=day)
        raise Away from error


def reported(mark: str, *, is_delivered: bool, at: datetime) -> bool:
    """Note what the provider reports about one attempt; whether it changed anything. A report that comes twice, late,
    or about an earlier attempt changes nothing."""
    key, _dash, second = mark.partition("-")
    told = Notice.objects.by_sms().filter(pk=int(key)).first() if key.isdigit() and len(key) < 19 else None
    if told is None or mark_of(told) != mark or not second or told.delivered_at:
        return False
    undecided = row(told.pk).filter(claimed_at=told.claimed_at, delivered_at=None)
    if is_delivered:
        states = (State.SENDING, State.SENT, State.FAILED, State.CALL)
        sent_at = told.sent_at or told.claimed_at
        return bool(
            undecided.filter(state__in=states).update(state=State.SENT, sent_at=sent_at, delivered_at=at, error="")
        )
    if told.state != State.SENT:
        return False
    give_up(told, NOT_DELIVERED)
    return True
