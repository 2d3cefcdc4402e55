"""What mail and SMS share: each notice is claimed by one process, sent once, tried again after a pause, or given up."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import Case, F, Q, Value, When
from django.utils import timezone
from django.utils.translation import gettext_noop

from shs.core.backup.models import held, withdrawn_until
from shs.notices.kinds import ABOUT_ACCOUNT, TO_CALL
from shs.notices.models import TOLD_BY_STATE, Notice, NoticeQuerySet, State

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
"""The time limit for sending one notice. One that is still being sent afterwards was left by a process that ended."""

PAUSES = [timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 720)]
"""After a refusal for the time being, how long until the next try; after the last one it has failed."""

LOST = gettext_noop("Sending was interrupted, so the message may have arrived. Check before you send it again.")
TOO_LATE = gettext_noop("It could not be sent in time.")
SENT_ELSEWHERE = gettext_noop("It was due before the system was restored from a backup, and may have been sent then.")
NOT_ACTIVE = gettext_noop("The account is suspended.")
DEAD = gettext_noop("The person has died.")


Withhold = Callable[[Notice, datetime], str]
_withhold: list[Withhold] = []


def withholds(why: Withhold) -> Withhold:
    """Register `why(notice, now)` of a later app: why a notice is not sent any more; empty if it is."""
    _withhold.append(why)
    return why


class Away(Exception):
    """The mail server or the SMS gateway cannot be reached, so sending stops for this run."""


def send_each(due: NoticeQuerySet, send: Callable[[int], bool], *, now: datetime, dry_run: bool) -> int:
    """Let `send` deliver each of `due` by its id; returns how many it did. Several processes may run at once: each
    notice is claimed by one of them.

    A notice whose sending was interrupted is not retried automatically, because it may have arrived: it is failed.
    """
    if dry_run:
        return due.count()
    if held():
        return 0  # a restored system sends nothing until a person releases it
    if until := withdrawn_until():
        withdraw_old(until)
    give_up_lost(now)
    sent = 0
    try:
        for pk in due.order_by("next_at", "pk").values_list("pk", flat=True):
            sent += send(pk)
    except Away:
        log.warning("The mail server or the SMS gateway cannot be reached; notices wait.")
    return sent


def withdraw_old(until: datetime) -> int:
    """Withdraw what was written and due before `until`, when this system was restored; returns how many."""
    rows = Notice.objects.without_history(TOLD_BY_STATE).filter(state=State.QUEUED, next_at__lt=until)
    return rows.filter(created_at__lt=until).update(state=State.TAKEN_BACK, error=SENT_ELSEWHERE)


def give_up_lost(now: datetime) -> int:
    """Mark notices as failed whose process ended while sending them; returns how many."""
    rows = Notice.objects.without_history(TOLD_BY_STATE).filter(state=State.SENDING, claimed_at__lt=now - LEASE)
    to_call = Q(channel=Notice.Channel.SMS, kind__in=TO_CALL)
    return rows.update(state=Case(When(to_call, then=Value(State.CALL)), default=Value(State.FAILED)), error=LOST)


def row(pk: int) -> NoticeQuerySet:
    """One notice, for changes of its delivery status."""
    return Notice.objects.without_history(TOLD_BY_STATE).filter(pk=pk)


def claim(pk: int, now: datetime) -> Notice | None:
    """The notice, if this process is the one to send it, and it is still to be sent."""
    # The claim is one conditional UPDATE: of two who try, one changes a row. Its LEASE begins here and not at `now`:
    # those before this one may have taken minutes to send.
    if (
        not row(pk)
        .filter(state=State.QUEUED)
        .update(state=State.SENDING, attempts=F("attempts") + 1, claimed_at=timezone.now(), error="")
    ):
        return None
    claimed = Notice.objects.select_related("user__sms_choice").get(pk=pk)
    if reason := _not_wanted(claimed, now):
        row(pk).update(state=State.TAKEN_BACK, error=reason)
        return None
    return claimed


def _not_wanted(claimed: Notice, now: datetime) -> str:
    """Why a notice is not sent any more; empty if it is."""
    if claimed.user.is_dead:
        return DEAD
    if not claimed.user.is_active and claimed.kind not in ABOUT_ACCOUNT:
        return NOT_ACTIVE
    if claimed.expires_at and claimed.expires_at <= now:
        return TOO_LATE
    return next(filter(None, (why(claimed, now) for why in _withhold)), "")


def put_off(claimed: Notice, now: datetime, error: str) -> None:
    """Schedule the next attempt, or give up."""
    if claimed.attempts > len(PAUSES):
        give_up(claimed, error)
    else:
        row(claimed.pk).update(state=State.QUEUED, next_at=now + PAUSES[claimed.attempts - 1], error=error)


def give_up(claimed: Notice, error: str) -> None:
    """It cannot be sent: a visit's patient whom no mail reaches is called, anything else has failed."""
    is_for_call = claimed.kind in TO_CALL and claimed.channel != Notice.Channel.EMAIL
    row(claimed.pk).update(state=State.CALL if is_for_call else State.FAILED, error=error[:300])
