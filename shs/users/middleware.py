"""Who has logged in to the back office and may work there: not left alone for too long, and past the second factor."""

from django.contrib.auth import SESSION_KEY, logout
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.http import urlencode

from shs.core.middleware import GetResponse
from shs.users import second_factor, sessions
from shs.users.models import User
from shs.users.requests import UserRequest

OFFICE = "/admin/"


class BackOfficeMiddleware:
    """Closed is the rule: a session that has not passed is nobody outside of the back office, and inside of it sees the
    page that leads on, and those few that it needs on the way."""

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
        if not request.path.startswith(OFFICE):
            known = request.user  # not looked up yet; the API never does, it goes by tokens
            request.user = SimpleLazyObject(lambda: _nobody_unless_passed(request, known))  # type: ignore[assignment]
            return self.get_response(request)
        if SESSION_KEY not in request.session or not request.user.is_authenticated:
            return self.get_response(request)
        return self._of_session(request) or self.get_response(request)

    def _of_session(self, request: UserRequest) -> HttpResponse | None:
        """The answer to somebody who is logged in and may not go on; None where they may."""
        now = timezone.now()
        if sessions.is_left(request.session, now):
            logout(request)
            return _log_off(request)
        if not sessions.is_background(request):
            sessions.note_use(request, now)
        if second_factor.has_passed(request.session, request.user):
            return None
        if not request.user.uses_back_office or request.path in {reverse(name) for name in self.ON_THE_WAY}:
            return None
        enrolment = reverse("admin:second_factor")
        if request.user.has_second_factor:
            return _lead(request, reverse("admin:second_factor_code"))
        return None if request.path == enrolment else _lead(request, enrolment)


def _nobody_unless_passed(request: UserRequest, known: User) -> User | AnonymousUser:
    """Who a session outside of the back office speaks for."""
    is_open = known.is_authenticated and second_factor.has_passed(request.session, known)
    return known if is_open and not sessions.is_left(request.session, timezone.now()) else AnonymousUser()


def _log_off(request: UserRequest) -> HttpResponse | None:
    """To the login, which says why; a page that asked by itself is told where to go."""
    login = f"{reverse('admin:login')}?ended=idle"
    if sessions.is_background(request):
        return JsonResponse({"go": login}, status=401)
    return _lead(request, login)


def _lead(request: UserRequest, page: str) -> HttpResponse | None:
    """To `page`, and back to where somebody wanted to go."""
    query = urlencode({"next": request.get_full_path()})
    return HttpResponseRedirect(f"{page}{'&' if '?' in page else '?'}{query}")
