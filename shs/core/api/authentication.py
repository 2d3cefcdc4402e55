"""Who may call a route: every route has one of these as its `auth`."""

from collections.abc import Callable
from copy import copy
from typing import Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from ninja.security import HttpBearer

from shs.core.caller import Member
from shs.core.errors import Forbidden, Refused, Unauthenticated
from shs.core.grants.table import holds
from shs.core.limits import counting

READING = ("GET", "HEAD", "OPTIONS")


Instead = Callable[[HttpRequest], str]


class RouteAuth:
    """Base of the kinds of `auth`; a test refuses a route without one. Requests that may change something are
    counted, and refused (429) over the limit "write" of `settings.LIMITS`, or over the one that `limited()` names."""

    limit = ""
    instead: Instead | None = None

    def limited(self, name: str, instead: Instead | None = None) -> Self:
        """The same, with another limit; it also counts requests that only read. `instead` says what a request is
        counted by instead of its internet address, if it is known."""
        counting.limit_of(name)  # raises for an unknown one
        other = copy(self)
        other.limit, other.instead = name, instead
        return other

    def count(self, request: HttpRequest) -> None:
        """Count this request. Raises TooMany (429)."""
        name = self.limit or ("" if request.method in READING else "write")
        if name:
            instead = self.instead(request) if self.instead else ""
            counting.count(name, account=request.user.pk, instead=instead, now=timezone.now())


class Anyone(RouteAuth):
    """Open to everybody. A valid token identifies the caller; an invalid one is ignored."""

    def __call__(self, request: HttpRequest) -> bool:
        header = request.headers.get("Authorization", "")
        kind, _space, token = header.partition(" ")
        request.user = (kind.lower() == "bearer" and self._known(token)) or AnonymousUser()  # type: ignore[assignment]
        self.count(request)
        return True

    def _known(self, token: str) -> Member | None:
        """The user of a token, if they have passed their second factor."""
        user = _user_of(token)
        try:
            if user is not None:
                user.require_factor()
        except Refused:
            return None
        return user


class SignedIn(RouteAuth, HttpBearer):
    """Every user with a valid token whose session has passed the second factor, if the account has or must have one.
    The routes by which one is set up are `is_enrolment`, and open without it."""

    is_enrolment = False

    def authenticate(self, request: HttpRequest, token: str) -> Member:
        user = _user_of(token)
        if user is None:
            raise Unauthenticated(_("The access token is not valid, or no longer valid."))
        if not self.is_enrolment:
            user.require_factor()
        request.user = user  # type: ignore[assignment]  # a user of the users app, which is not known here
        return user

    def __call__(self, request: HttpRequest) -> Member:
        request.user = AnonymousUser()
        user: Member | None = super().__call__(request)
        if user is None:
            raise Unauthenticated(_("Send a valid access token."))
        self.count(request)
        return user


class requires(SignedIn):  # noqa: N801  (reads as a word in a route: auth=requires("appointment.book_appointment"))
    """Users who hold one of `permissions` for some row; others get 403. The route filters the rows by `allowed`."""

    def __init__(self, *permissions: str):
        super().__init__()
        self.permissions = permissions

    def authenticate(self, request: HttpRequest, token: str) -> Member:
        user = super().authenticate(request, token)
        if not (user.uses_api and any(holds(user, permission) for permission in self.permissions)):
            raise Forbidden(_("Your type of account cannot use this."))
        return user


anyone = Anyone()
signed_in = SignedIn()
enrolling = SignedIn()
enrolling.is_enrolment = True


def _user_of(token: str) -> Member | None:
    """The active user of a valid access token, or None; the users app implements tokens."""
    reader: Callable[[str], Member | None] = import_string(settings.API_BEARER_READER)
    return reader(token)
