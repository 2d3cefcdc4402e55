"""Logins of a user (browsers in the admin, apps with tokens), and idle timeout."""

import uuid
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Count
from django.http import HttpRequest
from django.utils import timezone

from shs.core.context import address_of
from shs.core.errors import NotFound
from shs.notices.kinds import Kind
from shs.users import tokens
from shs.users.agents import in_words
from shs.users.models import AppSession, Client, OfficeSession, User
from shs.users.touches import tell_everywhere

BEGAN, SEEN = "began", "seen"
"""Session keys: time of the first and the last use, in seconds."""

NOTED_EVERY_SECONDS = 30
"""The shortest time between two updates of the last use; a session may last so much longer than the setting says."""

BACKGROUND = "X-Background"
"""The header of automatic requests of a page, which do not count as use."""


class Place(NamedTuple):
    """One login: `key` identifies it for `end`; `is_browser` is False for an app; `agent` is a readable name; `is_here`
    marks the login of this request."""

    key: str
    is_browser: bool
    agent: str
    address: str
    since: datetime
    last: datetime
    is_here: bool = False


# --- Idle ------------------------------------------------------------------------------------------------------------


def seconds_left(session: SessionBase, now: datetime) -> int:
    """Seconds until this session ends without use; negative if it should have ended."""
    second = int(now.timestamp())
    return int(settings.ADMIN_IDLE_MINUTES * 60 - (second - session.get(SEEN, second)))


def is_left(session: SessionBase, now: datetime) -> bool:
    """Whether this session has been idle for too long."""
    return seconds_left(session, now) < -NOTED_EVERY_SECONDS


def is_background(request: HttpRequest) -> bool:
    """Whether this is an automatic request of a page."""
    return BACKGROUND in request.headers


def note_use(request: HttpRequest, now: datetime) -> None:
    """Store the session's last use, user and address."""
    session, second = request.session, int(now.timestamp())
    if 0 <= second - session.get(SEEN, 0) < NOTED_EVERY_SECONDS:
        return
    session[SEEN] = second
    began = datetime.fromtimestamp(session.setdefault(BEGAN, second), tz=UTC)
    agent = request.headers.get("User-Agent", "")[:200]
    seen = {"seen_at": now, "address": address_of(request)[:45], "user_agent": agent, "user_id": request.user.pk}
    with transaction.atomic():
        # Under a lock, because the session may be ended at the same time.
        row = Session.objects.select_for_update().filter(session_key=session.session_key).first()
        if row is not None:
            OfficeSession.objects.update_or_create(
                session=row, defaults=seen, create_defaults={"created_at": began, **seen}
            )


def client_of(request: HttpRequest) -> Client:
    """What sends this request."""
    return Client(request.headers.get("User-Agent", "")[:200], address_of(request)[:45])


# --- Where somebody is logged in -------------------------------------------------------------------------------------


def places(user: User, *, here: str | None, now: datetime) -> list[Place]:
    """All logins of `user`, last used first; `here` is the key of the present session."""
    browsers = OfficeSession.objects.filter(user=user, session__expire_date__gt=now).select_related("session")
    found = [
        Place(
            f"browser:{row.pk}",
            True,
            in_words(row.user_agent),
            row.address,
            row.created_at,
            row.seen_at,
            row.session_id == here,
        )
        for row in browsers
    ]
    apps = AppSession.objects.live().filter(user=user, expires_at__gt=now)
    found += [
        Place(f"app:{row.pk}", False, in_words(row.user_agent), row.address, row.created_at, row.seen_at)
        for row in apps
    ]
    return sorted(found, key=lambda place: (not place.is_here, -place.last.timestamp()))


def counts(people: Iterable[int], now: datetime) -> dict[int, int]:
    """User id → number of logins. One query."""
    browsers = OfficeSession.objects.filter(user__in=people, session__expire_date__gt=now)
    apps = AppSession.objects.live().filter(user__in=people, expires_at__gt=now)
    each = browsers.values_list("user").annotate(number=Count("pk"))
    found: dict[int, int] = {}
    for pk, number in each.union(apps.values_list("user").annotate(number=Count("pk")), all=True):
        found[pk] = found.get(pk, 0) + number
    return found


def end(*, user: User, key: str, now: datetime) -> None:
    """End one login of `user`. Raises NotFound (404) if it is not theirs or has ended."""
    kind, _colon, name = key.partition(":")
    if kind == "app":
        tokens.end_session(user=user, session=_uuid(name), now=now)
    elif kind == "browser" and name.isascii() and name.isdigit() and len(name) < 19:
        ended, _rows = Session.objects.filter(office_session__pk=name, office_session__user=user).delete()
        if not ended:
            raise NotFound
    else:
        raise NotFound


AtTheEnd = Callable[[User, datetime], None]
_at_the_end: list[AtTheEnd] = []


def when_all_end(do: AtTheEnd) -> AtTheEnd:
    """Register `do(user, now)` of a later app: what else ends when somebody is logged out everywhere, because it may
    have got into wrong hands. It is called in the same transaction."""
    _at_the_end.append(do)
    return do


def log_out_everywhere(user: User, *, reason: str, now: datetime, keep: str = "") -> None:
    """End all logins of `user`, except the browser's with the session `keep`, and what has been registered."""
    with transaction.atomic():
        user.end_sessions(reason=reason, keep=keep)
        for do in _at_the_end:
            do(user, now)


def end_all(request: HttpRequest, *, user: User, keep_this: bool) -> None:
    """End all logins of `user`, with or without the present browser's, and tell them: it may be a thief who keeps the
    owner out."""
    now = timezone.now()
    with transaction.atomic():
        person = User.objects.get(pk=user.pk)
        key = request.session.session_key or ""
        reason = "logged out everywhere by the user"
        log_out_everywhere(person, reason=reason, now=now, keep=key if keep_this else "")
        data = {"ended_at": now, "device": in_words(request.headers.get("User-Agent", ""))}
        tell_everywhere(person, Kind.LOGGED_OUT, data, now=now)
        if keep_this:
            update_session_auth_hash(request, person)
            request.logged_in = person  # type: ignore[attr-defined]  # this browser stays a known one
            request.session.pop(SEEN, None)  # the session has a new key, which the next page stores


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise NotFound from None
