"""JSON web tokens: short-lived access tokens and rotating refresh tokens. Each names its session, whose row says
whether it still stands; so both end at once with it."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NotRequired, TypedDict, cast

import jwt
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from shs.core.errors import NotFound, Unauthenticated
from shs.core.queries import KeptInsert, KeptQuery, instance
from shs.core.seeding.marks import DOMAIN
from shs.users.models import AppSession, Client, RefreshToken, User
from shs.users.seeding import may_log_in

ALGORITHM = "HS256"
SAME_ANSWER = timedelta(seconds=30)
"""For so long the client that used a refresh token may send it again, and gets the same pair: its answer may have been
lost, or two of its windows have asked at once."""


class Claims(TypedDict):
    """What a token says: the user's id and `token_version`, its session, its kind, when it was issued and when it ends
    (seconds); a refresh token also its id."""

    sub: str
    ver: int
    sid: str
    typ: str
    iat: int
    exp: int
    jti: NotRequired[str]


READ = [field.attname for field in User._meta.concrete_fields if field.attname != "password"]
ACTIVE = KeptQuery(
    lambda pk, version, session: User.objects.filter(
        pk=pk,
        token_version=version,
        is_active=True,
        died_on__isnull=True,
        app_sessions=session,
        app_sessions__ended_at__isnull=True,
    ),
    (*READ, "app_sessions__second_factor_at"),
)


SESSIONS, TOKENS = KeptInsert(AppSession), KeptInsert(RefreshToken)
UNKNOWN = Client()
"""A client that says nothing of itself."""


class Pair(TypedDict):
    """An access token, and the refresh token for the next pair."""

    access: str
    refresh: str


def issue(user: User, *, now: datetime, client: Client = UNKNOWN) -> Pair:
    """The first pair of a new session of `user`, who has passed their second factor if they have one."""
    session = AppSession(
        user=user,
        created_at=now,
        seen_at=now,
        expires_at=now + settings.REFRESH_TOKEN_LIFETIME,
        second_factor_at=user.second_factor_at,
        **client._asdict(),
    )
    SESSIONS.add(session)
    return _pair(_add(session, client, now), user)


def rotate(token: str, *, now: datetime, client: Client = UNKNOWN) -> Pair:
    """Exchange a refresh token for a new pair. Raises Unauthenticated. A used token gives the same pair again to the
    same client within SAME_ANSWER. Later, and for others, its successor is replaced if nobody has used that one: then
    the answer was lost. If somebody has, two hold the token, and its session ends."""
    claims = _claims(token, "refresh")
    with transaction.atomic():
        user = _locked(int(claims["sub"]))
        row = _row_of(claims)
        stands = row.session.ended_at is None and row.expires_at > now
        if stands and user.is_active and not user.is_dead and may_log_in(user) and user.token_version == claims["ver"]:
            successor = _successor(row, client, now)
            if successor is not None:
                return _pair(successor, user)
            row.session.end(now)
    raise Unauthenticated(_("The refresh token is no longer valid. Please log in again."))


def _successor(row: RefreshToken, client: Client, now: datetime) -> RefreshToken | None:
    """The token that follows `row`; None if somebody else has used it, or what came after it."""
    later = row.successor
    if row.used_at is not None and later is not None and later.is_of(client) and now - row.used_at <= SAME_ANSWER:
        return later
    if row.replaced_at is not None or (row.used_at is not None and (later is None or later.used_at is not None)):
        return None
    if later is not None:
        later.replaced_at = now
        later.save(update_fields=["replaced_at"])
    row.used_at = row.used_at or now
    row.successor = _add(row.session, client, now)
    row.save(update_fields=["used_at", "successor"])
    row.session.seen_at, row.session.expires_at = now, row.successor.expires_at
    row.session.save(update_fields=["seen_at", "expires_at"])
    return row.successor


def _add(session: AppSession, client: Client, now: datetime) -> RefreshToken:
    row = RefreshToken(
        session=session, created_at=now, expires_at=now + settings.REFRESH_TOKEN_LIFETIME, **client._asdict()
    )
    TOKENS.add(row)
    return row


def _pair(row: RefreshToken, user: User) -> Pair:
    """The pair of a refresh token: always the same one."""
    common = {"sub": str(user.pk), "ver": user.token_version, "sid": row.session_id.hex, "iat": row.created_at}
    access = {**common, "typ": "access", "exp": row.created_at + settings.ACCESS_TOKEN_LIFETIME}
    refresh = {**common, "typ": "refresh", "jti": row.jti.hex, "exp": row.expires_at}
    return {"access": _sign(access), "refresh": _sign(refresh)}


def revoke(token: str, *, user: User, now: datetime) -> None:
    """End the session that a refresh token of `user` belongs to, with all its tokens. Raises Unauthenticated for any
    other token."""
    claims = _claims(token, "refresh")
    if claims["sub"] != str(user.pk):
        raise Unauthenticated(_("The refresh token is not valid."))
    with transaction.atomic():
        _locked(user.pk)
        row = _row_of(claims)
        if row.session.ended_at is not None or row.expires_at <= now:
            raise Unauthenticated(_("The refresh token is not valid."))
        row.session.end(now)


def end_session(*, user: User, session: uuid.UUID, now: datetime) -> None:
    """End this session of `user`. Raises NotFound (404) if there is none that stands."""
    with transaction.atomic():
        _locked(user.pk)
        found = AppSession.objects.live().filter(user=user, pk=session, expires_at__gt=now).first()
        if found is None:
            raise NotFound
        found.end(now)


def user_of(token: str) -> User | None:
    """The active user of a valid access token whose session stands, or None. One query."""
    try:
        claims = _claims(token, "access")
        session = uuid.UUID(claims["sid"])
    except (Unauthenticated, ValueError):
        return None
    row = ACTIVE.first(pk=int(claims["sub"]), version=claims["ver"], session=session)
    if row is None or (not settings.DEMO_ACCOUNTS and _is_of_the_demo(row)):
        return None
    passed = row.pop("app_sessions__second_factor_at")
    user = instance(User, row)
    if user.is_pharmacys:
        return None
    user.act_as_patient()
    user.app_session_id, user.passed_factor_at = session, passed
    return user


def _is_of_the_demo(row: Mapping[str, Any]) -> bool:
    return bool(row["demo_name"]) or (row["email"] or "").endswith(f"@{DOMAIN}")


def _locked(pk: int) -> User:
    """The user's row, locked before any of their tokens, in the same order as wherever sessions are ended, to avoid
    deadlocks."""
    user = User.objects.select_for_update(of=("self",)).filter(pk=pk).first()
    if user is None:
        raise Unauthenticated(_("The token is not valid."))
    return user


def _row_of(claims: Claims) -> RefreshToken:
    rows = RefreshToken.objects.select_related("session", "successor")
    row = rows.filter(pk=uuid.UUID(claims["jti"]), session__user=claims["sub"]).first()
    if row is None:
        raise Unauthenticated(_("The refresh token is not valid."))
    return row


def _claims(token: str, kind: str) -> Claims:
    """The claims of a token with a valid signature, of this kind and not expired. Raises Unauthenticated."""
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            claims = _signed(token, key, kind)
        except jwt.InvalidSignatureError:
            continue  # perhaps it was signed before a rotation
        except (jwt.InvalidTokenError, ValueError):
            break
        if claims["typ"] == kind and int(claims["exp"]) > timezone.now().timestamp():
            return claims
        break
    raise Unauthenticated(_("The token is not valid."))


@lru_cache(maxsize=2000)
def _signed(token: str, key: str, kind: str) -> Claims:
    """The claims of a token that was signed with `key`. Remembered, because a client sends its token many times, and
    neither its signature nor its claims change: whether it has expired, and whether its session still stands, is asked
    each time. Raises what `jwt` raises, which is not remembered."""
    required = ["exp", "sub", "ver", "sid", "typ"] + (["jti"] if kind == "refresh" else [])
    return cast(Claims, jwt.decode(token, key, algorithms=[ALGORITHM], options={"require": required}))


def _sign(claims: dict[str, object]) -> str:
    return jwt.encode(claims, settings.SECRET_KEY, algorithm=ALGORITHM)
