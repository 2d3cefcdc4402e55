"""Who may call a route: every route has one of these as its `auth`."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from ninja.security import HttpBearer

from shs.core.caller import Member
from shs.core.errors import Forbidden, Unauthenticated


class RouteAuth:
    """Base of the three kinds of `auth`; a test refuses a route without one."""


class Anyone(RouteAuth):
    """Open to everybody. A valid token identifies the caller; an invalid one is ignored."""

    def __call__(self, request: HttpRequest) -> bool:
        header = request.headers.get("Authorization", "")
        kind, _space, token = header.partition(" ")
        request.user = (kind.lower() == "bearer" and _user_of(token)) or AnonymousUser()  # type: ignore[assignment]
        return True


class SignedIn(RouteAuth, HttpBearer):
    """Every user with a valid token."""

    def authenticate(self, request: HttpRequest, token: str) -> Member:
        user = _user_of(token)
        if user is None:
            raise Unauthenticated(_("The access token is not valid, or no longer valid."))
        request.user = user  # type: ignore[assignment]  # a user of the users app, which is not known here
        return user

    def __call__(self, request: HttpRequest) -> Member:
        request.user = AnonymousUser()
        user: Member | None = super().__call__(request)
        if user is None:
            raise Unauthenticated(_("Send a valid access token."))
        return user


class requires(SignedIn):  # noqa: N801  (reads as a word in a route: auth=requires("appointment.book_appointment"))
    """Users who hold one of `permissions` for some row; others get 403. The route filters the rows by `allowed`."""

    def __init__(self, *permissions: str):
        super().__init__()
        self.permissions = permissions

    def authenticate(self, request: HttpRequest, token: str) -> Member:
        user = super().authenticate(request, token)
        if not (user.uses_api and any(user.has_perm(permission) for permission in self.permissions)):
            raise Forbidden(_("Your type of account cannot use this."))
        return user


anyone = Anyone()
signed_in = SignedIn()


def _user_of(token: str) -> Member | None:
    """The active user of a valid access token, or None; the users app implements tokens."""
    reader: Callable[[str], Member | None] = import_string(settings.API_BEARER_READER)
    return reader(token)
