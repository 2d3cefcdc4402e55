"""Services: creating notices in the transaction of their event, and sending each exactly once."""

import smtplib
import uuid
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from shs.core.caller import Member
from shs.core.due.soon import soon
from shs.core.errors import Invalid
from shs.core.records.transitions import save_with_reason
from shs.notices.invitations import addressed
from shs.notices.kinds import ABOUT_ACCOUNT, OPTIONAL, Kind
from shs.notices.letters import message_parts
from shs.notices.models import TOLD_BY_STATE, Notice, NoticeQuerySet, Preference, SmsChoice, SmsWhen, State
from shs.notices.sending import LOST, Away, claim, give_up, put_off, row, send_each
from shs.notices.ways import way_of

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
    address: str = "",
    charged_to: str = "",
) -> Notice:
    """An unsaved notice, due at `due_at` (default: now), and not sent any more after `lasts`.
    With a `key`, the same notice is stored and sent only once. With an `address` it is mailed there, and not shown in
    the app. `charged_to`: whose budget an SMS takes, such as `clinic:3`."""
    due_at = due_at or timezone.now()
    return Notice(
        user=to,
        kind=kind,
        key=f"{kind}:{key or uuid.uuid4()}"[:120],
        about=about,
        data=_written(data),
        calendar=calendar,
        address=address,
        charged_to=charged_to,
        due_at=due_at,
        expires_at=due_at + lasts if lasts else None,
        next_at=due_at,
    )


def copy_for(told: Notice, *, to: Member, person: Member, right: str) -> Notice:
    """An unsaved copy of a notice to `person`, for somebody who has a `right` to act for them: it says about whom it
    is."""
    kind, _colon, key = told.key.partition(":")
    return Notice(
        user=to,
        kind=told.kind,
        key=f"{kind}:{to.pk}:{key}"[:120],
        about=told.about,
        data={**told.data, "for_person": person.pk, "for_name": person.get_full_name(), "for_right": right},
        calendar=told.calendar,
        charged_to=told.charged_to,
        due_at=told.due_at,
        expires_at=told.expires_at,
        next_at=told.next_at,
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


def keep_address(user: Member, email: str) -> None:
    """Let what waits to be sent about the account of `user` go to `email`, which is about to be replaced."""
    rows = Notice.objects.without_history(TOLD_BY_STATE).filter(user=user, address="", kind__in=ABOUT_ACCOUNT)
    rows.filter(state__in=[State.QUEUED, State.SENDING]).update(address=email)


def _written(data: Mapping[str, object]) -> dict[str, object]:
    """Instants and days as JSON keeps them."""
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in data.items()}


# --- Sending ---------------------------------------------------------------------------------------------------------


def deliver(*, now: datetime, dry_run: bool = False) -> int:
    """Send what is due at `now` by mail, and pass on what goes another way; returns the number sent."""
    post = get_connection()
    due = Notice.objects.due(now).exclude(channel=Notice.Channel.SMS)
    try:
        return send_each(due, lambda pk: _deliver_one(pk, post, now), now=now, dry_run=dry_run)
    finally:
        post.close()


def _deliver_one(pk: int, post: BaseEmailBackend, now: datetime) -> bool:
    """Claim one notice and send it; whether that was done here. Raises Away."""
    claimed = claim(pk, now)
    if claimed is None:
        return False
    rows = row(pk)
    if claimed.kind in OPTIONAL and Preference.objects.filter(user=claimed.user, kind=claimed.kind).exists():
        rows.update(state=State.SENT, channel=Notice.Channel.APP, sent_at=timezone.now())
        return True
    way = way_of(claimed)
    if way.channel == Notice.Channel.EMAIL:
        return _mail(claimed, rows, post, now)
    if way.channel == Notice.Channel.SMS:
        rows.update(state=State.QUEUED, channel=way.channel, attempts=0)
        soon("deliver_sms")
        return False
    rows.update(channel=Notice.Channel.APP)
    if way.error:
        claimed.channel = Notice.Channel.APP
        give_up(claimed, way.error)
        return False
    rows.update(state=State.SENT, sent_at=timezone.now())
    return True


def _mail(claimed: Notice, rows: NoticeQuerySet, post: BaseEmailBackend, now: datetime) -> bool:
    try:
        _open(post)
    except (OSError, smtplib.SMTPException) as error:
        put_off(claimed, now, _("The mail server could not be reached (%(kind)s).") % {"kind": _named(error)})
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
            put_off(claimed, now, _("The mail server temporarily rejected the message (%(code)s).") % {"code": code})
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
    # With the same id in each attempt, mail servers and programs can recognize a second copy.
    headers = {"Message-ID": f"<notice-{claimed.pk}@{domain}>", "Auto-Submitted": "auto-generated"}
    message = EmailMultiAlternatives(
        subject, text, None, [claimed.address or str(claimed.user.email)], headers=headers, connection=post
    )
    message.attach_alternative(html, "text/html")
    if claimed.calendar:
        calendar = addressed(claimed.calendar, message.to[0])
        # Mail programs note the visit by this part, and show the attached file to those who note it by hand.
        message.attach_alternative(calendar.content, calendar.media_type)
        message.attach("visit.ics", calendar.content, "text/calendar")
    return message


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


def sms_choice(user: Member) -> str:
    """When `user` wants to be told by SMS: a value of SmsWhen."""
    row = SmsChoice.objects.filter(user=user.pk).first()
    return row.sms if row else SmsWhen.IF_NEEDED


def choose_sms(*, user: Member, sms: str) -> str:
    """Store when `user` wants to be told by SMS; returns it."""
    with transaction.atomic():
        choice = SmsChoice.objects.select_for_update().filter(user=user.pk).first() or SmsChoice(user_id=user.pk)
        if choice.pk is None or choice.sms != sms:
            choice.sms = sms
            save_with_reason(choice, "chosen")
    return sms


def mark_all_read(*, user: Member, now: datetime) -> int:
    """Mark all notices that `user` has in the app as read; returns how many were unread."""
    rows = Notice.objects.shown_to(user, now).unread()
    return rows.without_history("reading one's own notices is no change of a record").update(read_at=now)
