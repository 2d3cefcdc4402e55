"""Services: creating notices in the transaction of their event, and sending each exactly once."""

import logging
import smtplib
import uuid
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from shs.core.backup.models import held, withdrawn_until
from shs.core.caller import Member
from shs.core.due.soon import soon
from shs.core.errors import Invalid
from shs.notices.kinds import OPTIONAL, Kind
from shs.notices.letters import message_parts
from shs.notices.models import TOLD_BY_STATE, Notice, NoticeQuerySet, Preference, State

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
"""How long one sending may take. What is still being sent after that was left by a process that ended."""

PAUSES = [timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 720)]
"""After a refusal for the time being, how long until the next try; after the last one it has failed."""

LOST = gettext_noop("Sending was interrupted, so the message may have arrived. Check before you send it again.")
TOO_LATE = gettext_noop("It could not be sent in time.")
SENT_ELSEWHERE = gettext_noop("It was due before the system was restored from a backup, and may have been sent then.")
NOT_ACTIVE = gettext_noop("The account is suspended.")


# --- Writing ---------------------------------------------------------------------------------------------------------


def notice(
    *,
    to: Member,
    kind: Kind,
    data: Mapping[str, object],
    about: str = "",
    due_at: datetime | None = None,
    lasts: timedelta | None = None,
    key: str = "",
    calendar: str = "",
) -> Notice:
    """An unsaved notice, due at `due_at` (default: now), and not sent any more after `lasts`.
    With a `key`, the same notice is stored and sent only once."""
    due_at = due_at or timezone.now()
    return Notice(
        user=to,
        kind=kind,
        key=f"{kind}:{key or uuid.uuid4()}"[:120],
        about=about,
        data=_written(data),
        calendar=calendar,
        due_at=due_at,
        expires_at=due_at + lasts if lasts else None,
        next_at=due_at,
    )


def notify(*notices: Notice) -> None:
    """Store `notices` in the running transaction, and ask for them to be sent once it is committed."""
    with transaction.atomic():
        Notice.objects.without_history(TOLD_BY_STATE).bulk_create(notices, ignore_conflicts=True)
        soon("deliver_notices")


def take_back(about: str, *, kinds: Iterable[Kind], reason: str) -> int:
    """Withdraw the waiting notices of `kinds` about a record; returns how many."""
    rows = Notice.objects.without_history(TOLD_BY_STATE).filter(about=about, kind__in=list(kinds), state=State.QUEUED)
    return rows.update(state=State.TAKEN_BACK, error=reason[:300])


def _written(data: Mapping[str, object]) -> dict[str, object]:
    """Instants and days as JSON keeps them."""
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in data.items()}


# --- Sending ---------------------------------------------------------------------------------------------------------


class Away(Exception):
    """The mail server cannot be reached, so sending stops for this run."""


def deliver(*, now: datetime, dry_run: bool = False) -> int:
    """Send what is due at `now`; returns the number sent. Several processes may run at once: each notice is claimed by
    one of them.

    A notice whose sending was interrupted is not retried automatically, because it may have arrived: it is failed.
    """
    due = Notice.objects.due(now)
    if dry_run:
        return due.count()
    if held():
        return 0  # a restored system sends nothing until a person releases it
    if until := withdrawn_until():
        withdraw_old(until)
    give_up_lost(now)
    post, sent = get_connection(), 0
    try:
        for pk in due.order_by("next_at", "pk").values_list("pk", flat=True):
            sent += _deliver_one(pk, post, now)
    except Away:
        log.warning("The mail server cannot be reached; notices wait.")
    finally:
        post.close()
    return sent


def withdraw_old(until: datetime) -> int:
    """Withdraw what was written and due before `until`, when this system was restored; returns how many."""
    rows = Notice.objects.without_history(TOLD_BY_STATE).filter(state=State.QUEUED, next_at__lt=until)
    return rows.filter(created_at__lt=until).update(state=State.TAKEN_BACK, error=SENT_ELSEWHERE)


def give_up_lost(now: datetime) -> int:
    """Mark notices as failed whose process ended while sending them; returns how many."""
    rows = Notice.objects.without_history(TOLD_BY_STATE).filter(state=State.SENDING, claimed_at__lt=now - LEASE)
    return rows.update(state=State.FAILED, error=LOST)


def _deliver_one(pk: int, post: BaseEmailBackend, now: datetime) -> bool:
    """Claim one notice and send it; whether that was done here. Raises Away."""
    rows = Notice.objects.without_history(TOLD_BY_STATE).filter(pk=pk)
    # The claim is one conditional UPDATE: of two who try, one changes a row. Its LEASE begins here and not at `now`:
    # those before this one may have taken minutes to send.
    if not rows.filter(state=State.QUEUED).update(
        state=State.SENDING, attempts=F("attempts") + 1, claimed_at=timezone.now(), error=""
    ):
        return False
    claimed = Notice.objects.select_related("user").get(pk=pk)
    if not claimed.user.is_active or (claimed.expires_at and claimed.expires_at <= now):
        rows.update(state=State.TAKEN_BACK, error=NOT_ACTIVE if not claimed.user.is_active else TOO_LATE)
        return False
    if claimed.kind in OPTIONAL and Preference.objects.filter(user=claimed.user, kind=claimed.kind).exists():
        rows.update(state=State.SENT, channel=Notice.Channel.APP, sent_at=timezone.now())
        return True
    return _mail(claimed, rows, post, now)


def _mail(claimed: Notice, rows: NoticeQuerySet, post: BaseEmailBackend, now: datetime) -> bool:
    try:
        _open(post)
    except (OSError, smtplib.SMTPException) as error:
        _put_off(claimed, rows, now, _("The mail server could not be reached (%(kind)s).") % {"kind": _named(error)})
        raise Away from error
    try:
        _message(claimed, post).send()
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPResponseException) as error:
        post.close()
        code = _code(error)
        if code >= 500:
            rows.update(
                state=State.FAILED, error=_("The mail server rejected the message (%(code)s).") % {"code": code}
            )
        else:
            _put_off(
                claimed, rows, now, _("The mail server temporarily rejected the message (%(code)s).") % {"code": code}
            )
        return False
    except (OSError, smtplib.SMTPException):
        post.close()
        rows.update(state=State.FAILED, error=LOST)
        return False
    rows.update(state=State.SENT, sent_at=timezone.now())
    return True


def _open(post: BaseEmailBackend) -> None:
    """An open connection to the mail server; one that the server has closed meanwhile is reopened."""
    server = getattr(post, "connection", None)
    if server is not None and hasattr(server, "noop"):
        try:
            server.noop()
            return
        except (OSError, smtplib.SMTPException):
            post.close()
    post.open()


def _message(claimed: Notice, post: BaseEmailBackend) -> EmailMultiAlternatives:
    subject, text, html = message_parts(claimed)
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    # The same id at each try lets the server and the reader's program see a second copy for what it is.
    headers = {"Message-ID": f"<notice-{claimed.pk}@{domain}>", "Auto-Submitted": "auto-generated"}
    message = EmailMultiAlternatives(subject, text, None, [claimed.user.email], headers=headers, connection=post)
    message.attach_alternative(html, "text/html")
    if claimed.calendar:
        message.attach("visit.ics", claimed.calendar, "text/calendar")
    return message


def _put_off(claimed: Notice, rows: NoticeQuerySet, now: datetime, error: str) -> None:
    """Schedule the next attempt, or give up."""
    if claimed.attempts > len(PAUSES):
        rows.update(state=State.FAILED, error=error)
    else:
        rows.update(state=State.QUEUED, next_at=now + PAUSES[claimed.attempts - 1], error=error)


def _code(error: smtplib.SMTPRecipientsRefused | smtplib.SMTPResponseException) -> int:
    """The server's number for its refusal; of several recipients there is but one."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return next((code for code, _words in error.recipients.values()), 550)
    return error.smtp_code


def _named(error: BaseException) -> str:
    """The class name of an error; its message may contain the address or a password."""
    return type(error).__name__


# --- What people want ------------------------------------------------------------------------------------------------


def preferences(user: Member) -> dict[str, bool]:
    """Kind → whether `user` is sent an e-mail, for the kinds that may be turned off."""
    unwanted = set(Preference.objects.filter(user=user).values_list("kind", flat=True))
    return {kind.value: kind.value not in unwanted for kind in OPTIONAL}


def prefer(*, user: Member, wanted: dict[str, bool]) -> dict[str, bool]:
    """Turn mails on or off by kind. Raises Invalid (422) for a kind that is always sent, and for an unknown one."""
    for kind in wanted:
        if kind not in [known.value for known in OPTIONAL]:
            known = kind in Kind.values
            text = _("This notice is always sent by e-mail.") if known else _("Unknown kind of notice.")
            raise Invalid(text, field=f"email.{kind}")
    with transaction.atomic():
        Preference.objects.filter(user=user, kind__in=[kind for kind, on in wanted.items() if on]).delete()
        off = [Preference(user=user, kind=kind) for kind, on in wanted.items() if not on]
        Preference.objects.bulk_create(off, ignore_conflicts=True)
    return preferences(user)


def mark_all_read(*, user: Member, now: datetime) -> int:
    """Mark everything that `user` finds in the app as read; how many were not."""
    rows = Notice.objects.shown_to(user, now).unread()
    return rows.without_history("reading one's own notices is no change of a record").update(read_at=now)
