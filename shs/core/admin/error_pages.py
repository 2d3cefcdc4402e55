"""The pages that say what went wrong, and what to do: 403, 404 and 500."""

from collections.abc import Iterable
from typing import Protocol, cast

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shs.core.admin.screen import Screen
from shs.core.api.problems import problem
from shs.core.grants.table import granted_models, parse
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
"""The page of a screen → the right that it needs."""

RIGHTS = {
    "view": _("Can view %(rows)s"),
    "add": _("Can add %(rows)s"),
    "change": _("Can change %(rows)s"),
    "delete": _("Can delete %(rows)s"),
    "import": _("Can import %(rows)s"),
    "export": _("Can export %(rows)s"),
}
"""The rights that every model has; those of its own have their name in its `Meta.permissions`."""


class Roles(Protocol):
    """What the model of users says of the roles and duties: (name, label) each."""

    role_choices: Iterable[tuple[str, Label]]
    duty_choices: Iterable[tuple[str, Label]]


def denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: names the right that is missing, and who holds it."""
    if not _is_inside(request):
        return _answer(request, 403)
    permission = getattr(exception, "permission", "") or _permission_of(request)
    model, action = parse(*permission.split(".", 1)) if permission else (None, "")
    right = {"action": _words(model, action), "holders": _holders(model, action)} if model else None
    return _answer(request, 403, right=right)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: there is nothing, or nothing that this person may see."""
    return _answer(request, 404)


def broken(request: HttpRequest) -> HttpResponse:
    """500: a mistake of ours. Asks the database nothing: it may be what is broken."""
    return HttpResponse(
        render(request, "500.html", {"request_id": getattr(getattr(request, "context", None), "id", "")}).content,
        status=500,
    )


def _is_inside(request: HttpRequest) -> bool:
    """Whether the back office is shown around the message."""
    return request.path.startswith("/admin/") and admin.site.has_permission(request)


def _answer(request: HttpRequest, status: int, **more: object) -> HttpResponse:
    if request.path.startswith("/api/"):
        return problem(request, status)
    context = {"site_title": admin.site.site_title, **more}
    if _is_inside(request):
        context = {**admin.site.each_context(request), "is_inside": True, **more}
    return render(request, f"{status}.html", context, status=status)


def _permission_of(request: HttpRequest) -> str:
    """The right that the page of a screen needs, by the name of its address."""
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


def _words(model: type[Model], action: str) -> str:
    """A right as its name says it."""
    options = model._meta
    name = dict(options.permissions).get(f"{action}_{options.model_name}")
    if name:
        return gettext(name)
    return RIGHTS.get(action, RIGHTS["view"]) % {"rows": options.verbose_name_plural}


def _holders(model: type[Model], action: str) -> list[str]:
    """The roles and duties that have this right on some rows."""
    people = cast("type[Roles]", get_user_model())
    labels = dict([*people.role_choices, *people.duty_choices])
    lines = granted_models().get(model, ())
    return list(dict.fromkeys(str(labels.get(line.who, line.who)) for line in lines if action in line.actions))
