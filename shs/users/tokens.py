"""JSON web tokens: short-lived access tokens, which the database can invalidate at once, and rotating refresh
tokens."""

import uuid
from datetime import datetime, timedelta
from typing import NotRequired, TypedDict, cast

import jwt
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, transaction
from django.utils.translation import gettext as _

from shs.core.errors import NotFound, Unauthenticated
from shs.core.queries import KeptQuery
from shs.users.models import RefreshToken, User

ALGORITHM = "HS256"
REUSE_GRACE = timedelta(seconds=10)
"""A refresh token that is used twice within this time is taken for a client's repeated request, not for theft."""


class Claims(TypedDict):
    """What a token says: the user's id and `token_version`, its kind and its id, and when it ends (seconds)."""

    sub: str
    ver: int
    typ: str
    exp: int
    jti: NotRequired[str]


READ = [field.attname for field in User._meta.concrete_fields if field.attname != "password"]
ACTIVE = KeptQuery(lambda pk, version: User.objects.filter(pk=pk, token_version=version, is_active=True).values(*READ))


class Pair(TypedDict):
    """An access token, and the refresh token for the next pair."""

    access: str
    refresh: str


def issue(user: User, *, now: datetime, family: uuid.UUID | None = None, user_agent: str = "") -> Pair:
    """A new pair for `user`, in `family` or a new one."""
    row = RefreshToken.objects.create(
        user=user,
        family=family or uuid.uuid4(),
        expires_at=now + settings.REFRESH_TOKEN_LIFETIME,
        user_agent=user_agent[:200],
    )
    common = {"sub": str(user.pk), "ver": user.token_version, "iat": now}
    access = {**common, "typ": "access", "exp": now + settings.ACCESS_TOKEN_LIFETIME}
    refresh = {**common, "typ": "refresh", "jti": row.jti.hex, "exp": row.expires_at}
    return {"access": _sign(access), "refresh": _sign(refresh)}


def rotate(token: str, *, now: datetime, user_agent: str = "") -> Pair:
    """Exchange a refresh token for a new pair. Raises Unauthenticated. A token that is used again later than
    REUSE_GRACE revokes its whole family, because somebody else may hold a copy."""
    with transaction.atomic():
        row = _row_of(token)
        user = _locked(row.user_id)
        # One conditional UPDATE decides between simultaneous callers: only one of them changes the row.
        is_first = RefreshToken.objects.live().filter(pk=row.pk, expires_at__gt=now).update(used_at=now)
        if is_first and user.is_active and user.token_version == _claims(token, "refresh")["ver"]:
            return issue(user, now=now, family=row.family, user_agent=user_agent)
    _revoke_if_stolen(row, now)
    raise Unauthenticated(_("The refresh token is no longer valid. Please log in again."))


def revoke(token: str, *, user: User, now: datetime) -> None:
    """End the session that a refresh token of `user` belongs to. Raises Unauthenticated for any other token."""
    row = _row_of(token)
    if row.user_id != user.pk or not row.is_live(now):
        raise Unauthenticated(_("The refresh token is not valid."))
    _end_family(row, now)


def end_family(*, user: User, family: uuid.UUID, now: datetime) -> None:
    """Revoke this family of refresh tokens of `user`. Raises NotFound (404) if there is none."""
    row = RefreshToken.objects.live().filter(user=user, family=family).first()
    if row is None:
        raise NotFound
    _end_family(row, now)


def user_of(token: str) -> User | None:
    """The active user of a valid access token, or None. One query."""
    try:
        claims = _claims(token, "access")
    except Unauthenticated:
        return None
    row = ACTIVE.first(pk=int(claims["sub"]), version=claims["ver"])
    return None if row is None else User.from_db(DEFAULT_DB_ALIAS, list(row), list(row.values()))


def _revoke_if_stolen(row: RefreshToken, now: datetime) -> None:
    row.refresh_from_db()
    if row.used_at and now - row.used_at > REUSE_GRACE:
        _end_family(row, now)


def _end_family(row: RefreshToken, now: datetime) -> None:
    with transaction.atomic():
        _locked(row.user_id)
        RefreshToken.objects.live().filter(family=row.family).update(revoked_at=now)


def _locked(pk: int) -> User:
    """The user's row, locked before any of their tokens, in the same order as wherever sessions are ended, to avoid
    deadlocks."""
    return User.objects.select_for_update(of=("self",)).get(pk=pk)


def _row_of(token: str) -> RefreshToken:
    claims = _claims(token, "refresh")
    row = RefreshToken.objects.filter(pk=uuid.UUID(claims["jti"])).first()
    if row is None:
        raise Unauthenticated(_("The refresh token is not valid."))
    return row


def _claims(token: str, kind: str) -> Claims:
    """The claims of a token with a valid signature, of this kind and not expired. Raises Unauthenticated."""
    required = ["exp", "sub", "ver", "typ"] + (["jti"] if kind == "refresh" else [])
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            claims = cast(Claims, jwt.decode(token, key, algorithms=[ALGORITHM], options={"require": required}))
        except jwt.InvalidSignatureError:
            continue  # perhaps it was signed before a rotation
        except (jwt.InvalidTokenError, ValueError):
            break
        if claims["typ"] == kind:
            return claims
        break
    raise Unauthenticated(_("The token is not valid."))


def _sign(claims: dict[str, object]) -> str:
    return jwt.encode(claims, settings.SECRET_KEY, algorithm=ALGORITHM)
