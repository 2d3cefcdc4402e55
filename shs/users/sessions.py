"""Logins of a user (browsers in the admin, apps with tokens), and idle timeout."""

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Count, Max, Min, Q
from django.http import HttpRequest

from shs.core.context import address_of
from shs.core.errors import NotFound
from shs.users import tokens
from shs.users.agents import in_words
from shs.users.models import OfficeSession, RefreshToken, User

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
    families = RefreshToken.objects.filter(user=user).values("family")
    live = families.annotate(
        since=Min("created_at"),
        last=Max("created_at"),
        live=Count("pk", filter=_live(now)),
        agent=Max("user_agent"),
    ).filter(live__gt=0)
    found += [
        Place(f"app:{row['family']}", False, in_words(row["agent"]), "", row["since"], row["last"]) for row in live
    ]
    return sorted(found, key=lambda place: (not place.is_here, -place.last.timestamp()))


def counts(people: Iterable[int], now: datetime) -> dict[int, int]:
    """User id → number of logins. One query."""
    browsers = OfficeSession.objects.filter(user__in=people, session__expire_date__gt=now)
    apps = RefreshToken.objects.filter(_live(now), user__in=people)
    each = browsers.values_list("user").annotate(number=Count("pk"))
    found: dict[int, int] = {}
    for pk, number in each.union(apps.values_list("user").annotate(number=Count("family", distinct=True)), all=True):
        found[pk] = found.get(pk, 0) + number
    return found


def end(*, user: User, key: str, now: datetime) -> None:
    """End one login of `user`. Raises NotFound (404) if it is not theirs or has ended."""
    kind, _colon, name = key.partition(":")
    if kind == "app":
        tokens.end_family(user=user, family=_uuid(name), now=now)
    elif kind == "browser" and name.isascii() and name.isdigit() and len(name) < 19:
        ended, _rows = Session.objects.filter(office_session__pk=name, office_session__user=user).delete()
        if not ended:
            raise NotFound
    else:
        raise NotFound


def end_all(request: HttpRequest, *, user: User, keep_this: bool) -> None:
    """End all logins of `user`, with or without the present browser's."""
    with transaction.atomic():
        person = User.objects.get(pk=user.pk)
        key = request.session.session_key or ""
        person.end_sessions(reason="logged out everywhere by the user", keep=key if keep_this else "")
        if keep_this:
            update_session_auth_hash(request, person)
            request.session.pop(SEEN, None)  # the session has a new key, which the next page stores


def _live(now: datetime) -> Q:
    return Q(used_at__isnull=True, revoked_at__isnull=True, expires_at__gt=now)


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise NotFound from None
