"""Devices: owners are told of a login from a new one, and one that has logged in before has a token that proves it."""

import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.crypto import salted_hmac

from shs.notices.kinds import Kind
from shs.users.agents import in_words
from shs.users.models import KnownDevice, User
from shs.users.touches import tell_everywhere


def note_device(sender: object, user: User, request: HttpRequest | None, **kwargs: object) -> None:
    """Remember the device of a login, and tell its owner of one that is new, beside the first of all."""
    if request is None:
        return
    request.logged_in = user  # type: ignore[attr-defined]  # read by cookie_after_login()
    if is_trusted(request, user):
        return
    note(user=user, agent=request.headers.get("User-Agent", "")[:400], now=timezone.now())


def note(*, user: User, agent: str, now: datetime) -> None:
    """Remember that `user` has logged in with a new device that calls itself `agent`, and tell them, unless it is the
    first of all. Browsers and apps keep their token, so one without is new, whatever it calls itself; so is one whose
    token is from before everybody was logged out, for instance by a new password: it may be a thief's. Nobody is told
    at an address that is not confirmed: it may be a stranger's."""
    mark = salted_hmac("shs.users.device", f"{user.pk}:{agent}", algorithm="sha256").hexdigest()
    is_first = user.last_login is None and not KnownDevice.objects.filter(user=user).exists()
    with transaction.atomic():
        KnownDevice.objects.update_or_create(user=user, mark=mark, defaults={"seen_at": now})
        if not is_first and user.is_confirmed:
            data = {"login_at": now, "device": in_words(agent)}
            tell_everywhere(user, Kind.NEW_LOGIN, data, now=now)


# --- Device tokens ---------------------------------------------------------------------------------------------------

COOKIE, HEADER = "shs_device", "X-Device-Token"
"""Where a browser and an app send the token that they got with a login."""

SALT = "shs.users.trusted_device"
TRUSTED_FOR = timedelta(days=365)


def token_for(request: HttpRequest, user: User) -> str:
    """The token of this browser or app for `user`, whose owner uses it: the one that it has, or a new one."""
    return signed(user, known(request, user.login_name) or secrets.token_hex(8))


def signed(user: User, name: str) -> str:
    """The token of the browser or app `name` for `user`."""
    return signing.dumps([user.login_name, name, user.token_version], salt=SALT)


def known(request: HttpRequest, account: str) -> str:
    """The name of this browser or app if it has logged in to `account` before, else empty."""
    found = _given(request, account)
    return found.name if found else ""


def is_trusted(request: HttpRequest, user: User) -> bool:
    """Whether this browser or app has logged in to the account of `user` before, and nobody has been logged out of it
    everywhere since."""
    found = _given(request, user.login_name)
    return found is not None and found.version == user.token_version


class Given(NamedTuple):
    """What a valid token says: the browser or app, and the `token_version` of the account at its last login."""

    name: str
    version: int | None = None


def _given(request: HttpRequest, account: str) -> Given | None:
    """The token of this browser or app for `account`."""
    for token in (request.headers.get(HEADER, ""), request.COOKIES.get(COOKIE, "")):
        if not token or len(token) > 1000:
            continue
        try:
            owner, *said = signing.loads(token, salt=SALT, max_age=TRUSTED_FOR)
        except (signing.BadSignature, ValueError, TypeError):
            continue
        if owner == account and said:
            return Given(*said[:2])
    return None


def cookie_after_login(request: HttpRequest, response: HttpResponseBase) -> None:
    """Give the browser its token if somebody has just logged in with it."""
    user = getattr(request, "logged_in", None)
    if user is not None:
        give_cookie(request, response, user)


def give_cookie(request: HttpRequest, response: HttpResponseBase, user: User) -> None:
    """Give the browser its token for `user`, after a login or a reset by a link."""
    response.set_cookie(
        COOKIE,
        token_for(request, user),
        max_age=TRUSTED_FOR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
