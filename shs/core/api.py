"""What the routes share: who may call, errors as problems, paging, an answer kept for a retry."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, Generic, TypeVar

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation, TooManyFilesSent
from django.db import IntegrityError, InterfaceError, OperationalError, models, transaction
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.urls import register_converter
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import quote_etag
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from ninja import NinjaAPI, Query, Status
from ninja.errors import HttpError, ValidationError
from ninja.renderers import BaseRenderer
from ninja.security import HttpBearer
from pydantic_core import to_json, to_jsonable_python
from typing_extensions import TypedDict

from shs.core.errors import Forbidden, Invalid, Refused, Unauthenticated, refusal_for
from shs.core.models import KeptAnswer
from shs.core.problems import database_away, problem, problem_of
from shs.core.types import IdConverter, In, Page, PageSize

COUNT_CAP = 1000
ROW_CAP = 10_000

Item = TypeVar("Item")

register_converter(IdConverter, "id")


# --- Who may call: every route says one of these as its `auth` ------------------------------------------------------


class Caller:
    """The base of the three answers to "who may call"; a test refuses a route without one."""


class Anyone(Caller):
    """Open to all. A valid token still tells who calls; one that is not valid is as good as none."""

    def __call__(self, request: HttpRequest) -> Any:
        header = request.headers.get("Authorization", "")
        kind, _space, token = header.partition(" ")
        request.user = (kind.lower() == "bearer" and _user_of(token)) or _nobody()
        return True


class SignedIn(Caller, HttpBearer):
    """Every user with a valid token."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        user = _user_of(token)
        if user is None:
            raise Unauthenticated(_("The access token is not valid, or no longer valid."))
        request.user = user
        return user

    def __call__(self, request: HttpRequest) -> Any:
        request.user = _nobody()
        user = super().__call__(request)
        if user is None:
            raise Unauthenticated(_("Send a valid access token."))
        return user


class may(SignedIn):  # noqa: N801  (reads as a word in a route: auth=may("appointment.book_appointment"))
    """Users who hold one of `permissions` for some row; others get 403. Which rows, the route asks by `allowed`."""

    def __init__(self, *permissions: str):
        super().__init__()
        self.permissions = permissions

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        user = super().authenticate(request, token)
        if not (user.uses_api and any(user.has_perm(permission) for permission in self.permissions)):
            raise Forbidden(_("This is not open to your kind of account."))
        return user


anyone = Anyone()
signed_in = SignedIn()


def _user_of(token: str) -> Any:
    """The active user of a valid access token, or None; how tokens are made is the users app's business."""
    return import_string(settings.API_BEARER_READER)(token)


def _nobody() -> Any:
    from django.contrib.auth.models import AnonymousUser

    return AnonymousUser()


# --- Answers --------------------------------------------------------------------------------------------------------


class JsonRenderer(BaseRenderer):
    """pydantic's serialiser: the standard encoder takes six times as long for a list."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        return to_json(data)


class PageOut(TypedDict, Generic[Item]):
    """One page of a list; `count` is exact up to 1,000, and `count_capped` says that there are more."""

    items: list[Item]
    count: int
    count_capped: bool
    page: int
    page_size: int
    has_next: bool


class Paging(In):
    """Which page of a list."""

    page: Page = 1
    page_size: PageSize = 20


def paged(rows: models.QuerySet, paging: Paging, shape: Callable[[Any], Any] = lambda row: row) -> dict[str, Any]:
    """One page of `rows`, each row through `shape`. Raises Invalid beyond the first 10,000 rows."""
    if paging.page * paging.page_size > ROW_CAP:
        raise Invalid(_("Only the first 10,000 rows can be paged through: narrow the search."), field="page")
    start = (paging.page - 1) * paging.page_size
    found = list(rows[start : start + paging.page_size + 1])
    has_next = len(found) > paging.page_size
    items = [shape(row) for row in found[: paging.page_size]]
    count = start + len(items)
    if has_next or (not items and start):
        # An order costs a sort, and says nothing about how many there are.
        count = rows.order_by()[: COUNT_CAP + 1].count()
    return {
        "items": items,
        "count": min(count, COUNT_CAP),
        "count_capped": count > COUNT_CAP,
        "page": paging.page,
        "page_size": paging.page_size,
        "has_next": has_next,
    }


Paged = Query[Paging]


# --- Answers that caches may keep -------------------------------------------------------------------------------------


def public_answer(view: Callable) -> Callable:
    """Answer with an ETag, and 304 to who has it already. Caches may keep what nobody in particular asked for, and ask
    each time whether it still stands: what is hidden is hidden at once. The answer to a caller with a token is theirs
    alone. For `@decorate_view(public_answer)`."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if response.status_code != 200:
            return response
        is_public = "Authorization" not in request.headers
        response["Cache-Control"] = "public, no-cache" if is_public else "private, no-cache"
        patch_vary_headers(response, ["Authorization"])
        etag = response["ETag"] = quote_etag(hashlib.sha256(response.content).hexdigest()[:32])
        return get_conditional_response(request, etag=etag, response=response) or response

    return answered


# --- The same answer to the same request ----------------------------------------------------------------------------


def idempotent(view: Callable) -> Callable:
    """Honour `Idempotency-Key`: the same key, user and body within 24 hours gives the first answer again; the same key
    with another body is 422. Key and work are in one transaction, so a refusal keeps nothing, and a retry that runs
    beside the first one waits for it."""

    @wraps(view)
    def answered_once(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        key = request.headers.get("Idempotency-Key", "")
        if not key:
            return view(request, *args, **kwargs)
        if len(key) > 255 or not key.isprintable():
            raise Invalid(_("An Idempotency-Key has at most 255 printable characters."), field="Idempotency-Key")
        digest = hashlib.sha256(f"{request.method} {request.path_info}\n".encode() + request.body).hexdigest()
        with transaction.atomic():
            KeptAnswer.objects.filter(
                user=request.user, key=key, created_at__lt=timezone.now() - timedelta(hours=24)
            ).delete()
            kept, is_new = KeptAnswer.objects.get_or_create(user=request.user, key=key, defaults={"digest": digest})
            if not is_new:
                if kept.digest != digest:
                    raise Invalid(_("This Idempotency-Key was used for another request."), field="Idempotency-Key")
                return Status(kept.status or 200, kept.body)
            answer = view(request, *args, **kwargs)
            kept.status, kept.body = answer.status_code, to_jsonable_python(answer.value)
            kept.save(update_fields=["status", "body"])
        return answer

    return answered_once


# --- Errors ---------------------------------------------------------------------------------------------------------


def add_problem_handlers(api: NinjaAPI) -> None:
    """Let every error of `api` leave as a problem."""
    api.add_exception_handler(Refused, problem_of)
    api.add_exception_handler(ValidationError, _invalid)
    api.add_exception_handler(HttpError, _unreadable)
    api.add_exception_handler(Http404, lambda request, error: problem(request, 404))
    api.add_exception_handler(PermissionDenied, lambda request, error: problem(request, 403))
    api.add_exception_handler(RequestDataTooBig, lambda request, error: problem(request, 413))
    api.add_exception_handler(TooManyFilesSent, lambda request, error: problem(request, 413))
    api.add_exception_handler(SuspiciousOperation, lambda request, error: problem(request, 400))
    api.add_exception_handler(UnreadablePostError, lambda request, error: problem(request, 400))
    api.add_exception_handler(IntegrityError, _violated)
    api.add_exception_handler(OperationalError, database_away)
    api.add_exception_handler(InterfaceError, database_away)


def _unreadable(request: HttpRequest, error: Any) -> HttpResponse:
    """400 for a body that is not JSON, 415 for a form where JSON was to be sent."""
    if error.status_code == 400 and request.content_type == "multipart/form-data":
        return problem(request, 415, _("Send JSON, with the content type application/json."))
    return problem(request, error.status_code, error.message)


def _invalid(request: HttpRequest, error: Any) -> HttpResponse:
    """422 with the dotted path of each field; the first part of ninja's path says where it was sent, not what."""
    if any(row["type"] == "json_invalid" for row in error.errors):
        return problem(request, 400, _("The body is not valid JSON."))
    errors = []
    for row in error.errors:
        where, *path = row["loc"]
        if where == "body" or (where in ("query", "form", "path", "header") and len(path) > 1):
            path = path[1:]  # the name of the route's own parameter; what is left of a whole body is no field
        errors.append({"field": ".".join(str(part) for part in path), "message": _in_words(row)})
    return problem(
        request,
        422,
        "; ".join(f"{row['field']}: {row['message']}".removeprefix(": ") for row in errors[:5]),
        code="invalid",
        errors=errors,
    )


def _in_words(row: dict[str, Any]) -> str:
    words = {
        "missing": _("This field is required."),
        "extra_forbidden": _("There is no such field here."),
        "too_short": _("This field may not be empty."),
        "model_attributes_type": _("Send an object here."),
        "list_type": _("Send a list here."),
    }
    return words.get(row["type"], row["msg"])


def _violated(request: HttpRequest, error: Any) -> HttpResponse:
    """A lost race is a refusal, by the constraint's name; an unknown constraint is a mistake of ours."""
    refusal = refusal_for(error)
    if refusal is None:
        raise error
    return problem_of(request, refusal)
