"""Asking the assistant: red flags first, then the stored answer; and reported answers."""

import time
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shs.blog.models import Report
from shs.blog.targets import Target
from shs.chat import assistant, client
from shs.chat.client import Reply
from shs.chat.models import ChatMessage
from shs.core.http import UpstreamRefused
from shs.core.limits.counting import count
from shs.predict import questions
from shs.predict.cases import NOBODY, Case, Person
from shs.predict.models import AskedOf, Triage
from shs.predict.services import likely_emergency
from shs.predict.urgency import red_flags, warn
from shs.users.models import User


def send(*, user: User, message: str, person: Person = NOBODY, now: datetime) -> ChatMessage:
    """Ask the assistant about a `person` and store question and answer. If a red flag matches there is always an
    answer, and it begins with what to do. Otherwise raises UpstreamRefused (503, 504, 502) and stores the question as
    failed. Raises TooMany (429) before anything else. No transaction is open while a service is called."""
    count("chat", account=user.pk, now=now)
    likely = likely_emergency([message], Case(person))
    warnings = warn(red_flags(message, person), likely, message)
    reply, failure, started = None, None, time.monotonic()
    try:
        reply = _ask(message)
    except UpstreamRefused as error:
        failure = error
    row = ChatMessage.objects.create(
        user=user,
        created_at=now,
        message=message,
        answer="\n\n".join([*(one.message for one in warnings), *([reply.answer] if reply else [])]),
        sources=reply.sources if reply else [],
        status=_status(reply),
        error_code=failure.code if failure else "",
        provider=reply.provider if reply else client.PROVIDER,
        version=reply.version if reply else "",
        latency_ms=round((time.monotonic() - started) * 1000),
        urgent=bool(warnings),
        rules=[one.slug for one in warnings],
    )
    if failure is not None and not warnings:
        raise failure
    questions.keep(
        asked_of=AskedOf.ASSISTANT,
        texts=[message],
        user=user,
        now=now,
        triage=Triage.NOW if warnings else "",
        is_urgent=bool(warnings),
        condition=likely.slug if likely else "",
    )
    return row


def _ask(message: str) -> Reply:
    """From the external service if one is configured, otherwise from the clinic's own texts."""
    service = client.service()
    return client.ask(service, message) if service is not None else assistant.answer(message)


def _status(reply: Reply | None) -> str:
    if reply is None:
        return ChatMessage.Status.FAILED
    return ChatMessage.Status.ANSWERED if reply.is_known else ChatMessage.Status.UNSURE


def forget(*, user: User) -> int:
    """Delete the questions and answers of `user` completely; returns their number."""
    deleted, _by_model = ChatMessage.objects.allowed(user, "delete").delete()
    return deleted


# --- Answers that were reported --------------------------------------------------------------------------------------


def _withdraw(row: ChatMessage, *, reason: str) -> None:
    row.withdraw(reason=reason)


def _restore(row: ChatMessage, *, reason: str) -> None:
    row.restore()


def _reported() -> Q:
    ids = Report.objects.filter(kind=Report.Kind.ANSWER).values("object_id")
    return Q(pk__in=ids)


REPORTED = Target(
    # Moderators see reported answers only.
    rows=lambda: ChatMessage.objects.filter(_reported()).only("message", "answer", "withdrawn_because"),
    public=lambda: ChatMessage.objects.exclude(status=ChatMessage.Status.FAILED),
    author=lambda row: None,
    text=lambda row: row.answer,
    context=lambda row: _("answer to: “%(question)s”") % {"question": row.message[:500]},
    hide=_withdraw,
    restore=_restore,
    is_of=lambda user: Q(user=user.pk),
    is_anonymous=True,
)
