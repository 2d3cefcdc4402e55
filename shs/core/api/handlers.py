"""Exception handlers: every error of the API is answered as a problem (RFC 9457)."""

from collections.abc import Callable, Mapping
from typing import TypeVar, cast

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation, TooManyFilesSent
from django.db import IntegrityError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from shs.core.api.problems import database_away, problem, problem_of
from shs.core.errors import Refused, refusal_for

Kind = TypeVar("Kind", bound=Exception)


def add_problem_handlers(api: NinjaAPI) -> None:
    """Answer every error of `api` as a problem."""
    _handle(api, Refused, problem_of)
    _handle(api, ValidationError, _invalid)
    _handle(api, HttpError, _unreadable)
    _handle(api, Http404, lambda request, error: problem(request, 404))
    _handle(api, PermissionDenied, lambda request, error: problem(request, 403))
    _handle(api, RequestDataTooBig, lambda request, error: problem(request, 413))
    _handle(api, TooManyFilesSent, lambda request, error: problem(request, 413))
    _handle(api, SuspiciousOperation, lambda request, error: problem(request, 400))
    _handle(api, UnreadablePostError, lambda request, error: problem(request, 400))
    _handle(api, IntegrityError, _violated)
    _handle(api, OperationalError, database_away)
    _handle(api, InterfaceError, database_away)


def _handle(api: NinjaAPI, kind: type[Kind], handler: Callable[[HttpRequest, Kind], HttpResponse]) -> None:
    """Register `handler` for exceptions of `kind`, with the type that ninja's stubs expect."""
    api.add_exception_handler(kind, cast("Callable[[HttpRequest, Kind | type[Kind]], HttpResponse]", handler))


def _unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    """400 for a body that is not JSON, 415 for form data instead of JSON."""
    if error.status_code == 400 and request.content_type == "multipart/form-data":
        return problem(request, 415, _("Send JSON, with the content type application/json."))
    return problem(request, error.status_code, error.message)


def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """422 with the dotted path of each field; the first part of ninja's path (body, query) is left out."""
    if any(row["type"] == "json_invalid" for row in error.errors):
        return problem(request, 400, _("The body is not valid JSON."))
    errors = []
    for row in error.errors:
        where, *path = row["loc"]
        if where == "body" or (where in ("query", "form", "path", "header") and len(path) > 1):
            path = path[1:]  # the name of the route's parameter; an error about the whole body has no field
        errors.append({"field": ".".join(str(part) for part in path), "message": _in_words(row)})
    return problem(
        request,
        422,
        "; ".join(f"{row['field']}: {row['message']}".removeprefix(": ") for row in errors[:5]),
        code="invalid",
        errors=errors,
    )


def _in_words(row: Mapping[str, str]) -> str:
    words = {
        "missing": _("This field is required."),
        "extra_forbidden": _("Unknown field."),
        "too_short": _("This field may not be empty."),
        "model_attributes_type": _("Must be an object."),
        "list_type": _("Must be a list."),
    }
    return words.get(row["type"], row["msg"])


def _violated(request: HttpRequest, error: IntegrityError) -> HttpResponse:
    """A violated constraint becomes the refusal of its name; an unknown constraint is a bug and stays a 500."""
    refusal = refusal_for(error)
    if refusal is None:
        raise error
    return problem_of(request, refusal)
