"""Counts what people do, ends idle sessions, and keeps a session without the second factor out of the admin."""

import re
from typing import cast

from django.contrib.auth import SESSION_KEY, logout
from django.contrib.auth.middleware import get_user
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.http import urlencode

from shs.core.admin.error_pages import too_many
from shs.core.api.authentication import READING
from shs.core.errors import TooMany
from shs.core.limits import counting
from shs.core.middleware import API, GetResponse
from shs.users import counted, devices, second_factor, sessions
from shs.users.models import User
from shs.users.requests import UserRequest

OFFICE = "/admin/"
LIMITED = {
    "/admin/login": "login",
    "/admin/second-factor/code": "login",
    "/admin/password_change": "login",
    "/account/forgot-password": "mail",
    "/account/reset-password": "link",
    "/account/confirm-address": "link",
    "/account/change-address": "link",
    "/account/undo-address": "link",
    "/account/practise": "link",
}
"""The limits of some pages; changes on all others count as "office"."""

INSTEAD = {"login": counted.by_device, "mail": counted.by_device, "link": counted.by_link}
"""What the requests of some limits are counted by instead of the internet address."""

RENDERED = re.compile(r"/(pdf|file|export|print|preview)/?$")
"""Pages that make or send a file."""


class BackOfficeMiddleware:
    """By default a session that has not passed the second factor is anonymous outside of the admin, and inside is
    redirected to the page for the second factor; only a few pages are exempt."""

    ON_THE_WAY = (
        "admin:login",
        "admin:logout",
        "admin:jsi18n",
        "admin:stay",
        "admin:second_factor_code",
    )

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: UserRequest) -> HttpResponseBase:
        if request.path.startswith(API):
            return self.get_response(request)
        try:
            self._count(request)
        except TooMany as refusal:
            return too_many(request, refusal)
        response = self._answer(request)
        if request.path.startswith(OFFICE):
            devices.cookie_after_login(request, response)
        return response

    def _count(self, request: UserRequest) -> None:
        """Count a request that changes, sends, hashes or renders something; the API counts its own. Raises TooMany."""
        name = LIMITED.get(request.path.rstrip("/"), "office")
        if request.method in READING:
            name = "render" if RENDERED.search(request.path) else "link" if name == "link" else ""
        if name:
            counted_by = INSTEAD.get(name)
            instead = counted_by(request) if counted_by else ""
            counting.count(name, account=request.user.pk, instead=instead, now=timezone.now())

    def _answer(self, request: UserRequest) -> HttpResponseBase:
        if not request.path.startswith(OFFICE):
            known = request.user  # the session's user was not loaded
            request.user = SimpleLazyObject(lambda: _nobody_unless_passed(request, known))  # type: ignore[assignment]
            return self.get_response(request)
        if SESSION_KEY not in request.session or not request.user.is_authenticated:
            return self.get_response(request)
        request.user = cast(User, get_user(request))  # itself, instead of an object that looks it up for each attribute
        return self._of_session(request) or self.get_response(request)

    def _of_session(self, request: UserRequest) -> HttpResponse | None:
        """The response to a session that is idle or lacks the second factor; None if the request may proceed."""
        now = timezone.now()
        if sessions.is_left(request.session, now):
            logout(request)
            return _log_off(request)
        if not sessions.is_background(request):
            sessions.note_use(request, now)
        if second_factor.has_passed(request.session, request.user):
            return None
        if not request.user.logs_in_here or request.path in {reverse(name) for name in self.ON_THE_WAY}:
            return None
        enrolment = reverse("admin:second_factor")
        if request.user.has_second_factor:
            return _lead(request, reverse("admin:second_factor_code"))
        return None if request.path == enrolment else _lead(request, enrolment)


def _nobody_unless_passed(request: UserRequest, known: User) -> User | AnonymousUser:
    """The user of a session outside of the admin."""
    is_open = known.is_authenticated and second_factor.has_passed(request.session, known)
    return known if is_open and not sessions.is_left(request.session, timezone.now()) else AnonymousUser()


def _log_off(request: UserRequest) -> HttpResponse | None:
    """Redirect to the login, which shows the reason; an automatic request gets that address with a 401."""
    login = f"{reverse('admin:login')}?ended=idle"
    if sessions.is_background(request):
        return JsonResponse({"go": login}, status=401)
    return _lead(request, login)


def _lead(request: UserRequest, page: str) -> HttpResponse | None:
    """Redirect to `page`, which leads back to the requested address."""
    query = urlencode({"next": request.get_full_path()})
    return HttpResponseRedirect(f"{page}{'&' if '?' in page else '?'}{query}")
