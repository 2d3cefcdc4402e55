"""JSON web tokens: a short access token that the database can end at once, and refresh tokens that rotate."""

import uuid
from datetime import datetime, timedelta
from typing import Any, TypedDict

import jwt
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from shs.core.errors import NotFound, Unauthenticated
from shs.users.models import RefreshToken, User

ALGORITHM = "HS256"
REUSE_GRACE = timedelta(seconds=10)
"""A client that sends a refresh twice at once is clumsy, not a thief: its family lives on."""


class Pair(TypedDict):
    """An access token and the refresh token that gets the next pair."""

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
    """A new pair for a live refresh token, which dies. Raises Unauthenticated; a token that was already used, and comes
    again later than REUSE_GRACE, ends its whole family: somebody else holds a copy."""
    with transaction.atomic():
        row = _row_of(token)
        user = _locked(row.user_id)
        # One conditional update decides the race: one caller changes the row, the others see none changed.
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
    """End the session of `user` that this family of refresh tokens is. Raises NotFound (404) where there is none."""
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
    rows = User.objects.filter(pk=claims["sub"], is_active=True, token_version=claims["ver"])
    return rows.defer("password").first()


def _revoke_if_stolen(row: RefreshToken, now: datetime) -> None:
    row.refresh_from_db()
    if row.used_at and now - row.used_at > REUSE_GRACE:
        _end_family(row, now)


def _end_family(row: RefreshToken, now: datetime) -> None:
    with transaction.atomic():
        _locked(row.user_id)
        RefreshToken.objects.live().filter(family=row.family).update(revoked_at=now)


def _locked(pk: int) -> User:
    """The user, locked before any of their tokens: whoever ends sessions does the same, and nobody waits in a ring."""
    return User.objects.select_for_update(of=("self",)).get(pk=pk)


def _row_of(token: str) -> RefreshToken:
    claims = _claims(token, "refresh")
    row = RefreshToken.objects.filter(pk=uuid.UUID(claims["jti"])).first()
    if row is None:
        raise Unauthenticated(_("The refresh token is not valid."))
    return row


def _claims(token: str, kind: str) -> dict[str, Any]:
    """The claims of a token that we signed, is of this kind and has not ended. Raises Unauthenticated."""
    required = ["exp", "sub", "ver", "typ"] + (["jti"] if kind == "refresh" else [])
    try:
        claims = jwt.decode(token, settings.SECRET_KEY, algorithms=[ALGORITHM], options={"require": required})
    except (jwt.InvalidTokenError, ValueError):
        raise Unauthenticated(_("The token is not valid.")) from None
    if claims["typ"] != kind:
        raise Unauthenticated(_("The token is not valid."))
    return claims


def _sign(claims: dict[str, Any]) -> str:
    return jwt.encode(claims, settings.SECRET_KEY, algorithm=ALGORITHM)
