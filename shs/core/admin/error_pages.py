"""The error pages 403, 404, 409, 422, 429 and 500."""

from collections.abc import Iterable
from typing import Protocol, cast

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from shs.core.admin.screen import Screen
from shs.core.api.problems import problem
from shs.core.errors import TooMany
from shs.core.grants.table import granted_models, parse
from shs.core.grants.words import right_in_words
from shs.core.labels import Label

ACTIONS = {
    "changelist": "view",
    "change": "view",
    "history": "view",
    "save_view": "view",
    "saved_view": "view",
    "add": "add",
    "delete": "delete",
}
"""The name of a page → the action of the permission that it needs."""

TITLES = {
    403: _("You do not have access to this page"),
    404: _("Page not found"),
    409: _("This is still being done"),
    422: _("This form is too old"),
    429: _("Too many requests"),
}


class Roles(Protocol):
    """What the user model provides: its roles and duties as (name, label)."""

    role_choices: Iterable[tuple[str, Label]]
    duty_choices: Iterable[tuple[str, Label]]


def denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403, with the missing permission and the roles that have it."""
    if not _is_inside(request):
        return _answer(request, 403)
    permission = getattr(exception, "permission", "") or _permission_of(request)
    model, action = parse(*permission.split(".", 1)) if permission else (None, "")
    right = {"action": right_in_words(model, action), "holders": _holders(model, action)} if model else None
    return _answer(request, 403, right=right)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: the page or row does not exist, or this user may not see it."""
    return _answer(request, 404)


def stale(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form without a valid CSRF token: it was open while somebody logged in or out in another tab. The login
    page is shown anew."""
    if request.path.startswith("/api/"):
        return problem(request, 403)
    if request.path == reverse("admin:login"):
        return HttpResponseRedirect(f"{request.get_full_path()}{'&' if request.GET else '?'}ended=stale")
    return _answer(request, 403, is_stale=True)


def too_many(request: HttpRequest, refusal: TooMany) -> HttpResponse:
    """429: too many requests in an hour, with the time to wait."""
    answer = _answer(request, 429, detail=refusal.detail)
    answer["Retry-After"] = str(refusal.retry_after)
    return answer


def without_key(request: HttpRequest) -> HttpResponse:
    """422 for a form without its one-time key: nothing was done."""
    return _answer(request, 422, back=_page_before(request))


def still_running(request: HttpRequest) -> HttpResponse:
    """409 for a form whose first sending has no answer yet; perhaps the process that worked on it has ended."""
    return _answer(request, 409, back=_page_before(request))


def _page_before(request: HttpRequest) -> str:
    """The page of this site from which the form was sent, or the dashboard."""
    wanted = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if is_ours else reverse("admin:index")


def broken(request: HttpRequest) -> HttpResponse:
    """500: an unexpected error. Makes no queries, because the database itself may be the cause."""
    return HttpResponse(
        render(request, "500.html", {"request_id": getattr(getattr(request, "context", None), "id", "")}).content,
        status=500,
    )


def _is_inside(request: HttpRequest) -> bool:
    """Whether the error is shown inside the admin's layout."""
    return request.path.startswith("/admin/") and admin.site.has_permission(request)


def _answer(request: HttpRequest, status: int, **more: object) -> HttpResponse:
    if request.path.startswith("/api/"):
        return problem(request, status)
    context = {"site_title": admin.site.site_title, "title": TITLES[status], **more}
    if _is_inside(request):
        context = {**admin.site.each_context(request), "is_inside": True, "title": TITLES[status], **more}
    return render(request, f"{status}.html", context, status=status)


def _permission_of(request: HttpRequest) -> str:
    """The permission that the requested page needs, derived from the name of its URL."""
    name = request.resolver_match.url_name if request.resolver_match else ""
    for model, screen in admin.site._registry.items():
        options = model._meta
        page = (name or "").removeprefix(f"{options.app_label}_{options.model_name}_")
        if page == name:
            continue
        if page == "step" and request.resolver_match:
            step = cast(Screen, screen).steps().get(request.resolver_match.kwargs.get("name", ""))
            return f"{options.app_label}.{step.action}_{options.model_name}" if step else ""
        return f"{options.app_label}.{ACTIONS.get(page, page)}_{options.model_name}"
    return ""


def _holders(model: type[Model], action: str) -> list[str]:
    """The roles and duties that have this permission for at least some rows."""
    people = cast("type[Roles]", get_user_model())
    labels = dict([*people.role_choices, *people.duty_choices])
    lines = granted_models().get(model, ())
    return list(dict.fromkeys(str(labels.get(line.who, line.who)) for line in lines if action in line.actions))
