"""Requests that are answered by mail alone: stored by the request, and looked up by the process of the due jobs."""

from datetime import datetime

from django.core.cache import cache
from django.db import transaction

from shs.core.due.soon import soon
from shs.core.types import clean_email
from shs.notices.kinds import Kind
from shs.notices.services import notice, notify
from shs.users.models import MailRequest, MailRequestKind, User
from shs.users.passwords import send_reset

AT_ONCE = 100
RESET_PAUSE_SECONDS = 60
TOLD_PAUSE_SECONDS = 24 * 3600
"""So often one account is sent a reset link, and told that somebody registered with its address."""


def ask_reset(*, email: str, now: datetime) -> None:
    """Have a reset link sent, if the address has an active account; the caller does not learn whether it has."""
    _ask(MailRequestKind.RESET, email, now)


def tell_taken(*, email: str, now: datetime) -> None:
    """Tell the owner of an account that somebody has tried to register with its address."""
    _ask(MailRequestKind.TAKEN, email, now)


def _ask(kind: str, email: str, now: datetime) -> None:
    """Store it: the same statement for every address."""
    with transaction.atomic():
        MailRequest.objects.create(kind=kind, email=clean_email(email)[:254], at=now)
        soon("answer_mail_requests")


def answer(*, now: datetime, dry_run: bool = False) -> int:
    """Answer the requests that wait, at most AT_ONCE; returns their number."""
    if dry_run:
        return min(AT_ONCE, MailRequest.objects.count())
    with transaction.atomic():
        waiting = list(MailRequest.objects.select_for_update(skip_locked=True).order_by("pk")[:AT_ONCE])
        for request in waiting:
            _answer(request, now)
        MailRequest.objects.filter(pk__in=[request.pk for request in waiting]).delete()
    return len(waiting)


def _answer(request: MailRequest, now: datetime) -> None:
    user = User.objects.by_email(request.email).filter(is_active=True).first()
    if user is None:
        return
    pause = RESET_PAUSE_SECONDS if request.kind == MailRequestKind.RESET else TOLD_PAUSE_SECONDS
    if not cache.add(f"mail-request:{request.kind}:{user.pk}", True, pause):
        return
    if request.kind == MailRequestKind.RESET:
        send_reset(user)
    else:
        notify(notice(to=user, kind=Kind.ADDRESS_TAKEN, data={"asked_at": request.at}))
