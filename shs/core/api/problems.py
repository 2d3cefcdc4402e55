"""Errors as problems (RFC 9457): `{"type", "title", "status", "detail"}` and, for a 422, `errors`."""

import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus

from django.db import Error as DatabaseError
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext_lazy as _

from shs.core.errors import Refused, Unavailable
from shs.core.labels import Label

log = logging.getLogger(__name__)

TITLES = {
    400: _("The request could not be read"),
    401: _("Please log in"),
    403: _("You may not do this"),
    404: _("Page not found"),
    405: _("This address does not answer that method"),
    413: _("That is too large"),
    415: _("That kind of content is not accepted"),
    422: _("Some of what you sent is not valid"),
    429: _("Too many attempts"),
    503: _("The service is busy; please try again"),
}


_last_words: dict[str, Callable[[], str]] = {}


def say_last(part: str, words: Callable[[], str]) -> None:
    """Let every problem of a path that contains `part` end with the sentence of `words`."""
    _last_words[part] = words


def problem(
    request: HttpRequest,
    status: int,
    detail: Label = "",
    *,
    code: str = "",
    title: Label = "",
    errors: list[dict[str, str]] | None = None,
    retry_after: int | None = None,
    more: Mapping[str, object] | None = None,
) -> JsonResponse:
    """A problem response; `errors` are `{"field", "message"}`, `more` further members."""
    phrase = HTTPStatus(status).phrase
    title = str(title or TITLES.get(status, phrase))
    last = [words() for part, words in _last_words.items() if part in request.path]
    body: dict[str, object] = {
        "type": f"urn:shs:problem:{code or phrase.lower().replace(' ', '_')}",
        "title": title,
        "status": status,
        "detail": " ".join([str(detail or title), *last]),
    }
    body |= more or {}
    if errors is not None:
        body["errors"] = errors
    answer = JsonResponse(body, status=status, content_type="application/problem+json")
    if retry_after is not None:
        answer["Retry-After"] = str(retry_after)
    if status == 401:
        answer["WWW-Authenticate"] = "Bearer"
    return answer


def problem_of(request: HttpRequest, refusal: Refused) -> JsonResponse:
    """The problem response of a refusal."""
    errors = None
    if refusal.status == 422:
        errors = [{"field": refusal.field, "message": str(refusal.detail)}]
    return problem(
        request,
        refusal.status,
        refusal.detail,
        code=refusal.code,
        title=refusal.title,
        errors=errors,
        retry_after=refusal.retry_after,
        more=refusal.more,
    )


def database_away(request: HttpRequest, error: DatabaseError) -> JsonResponse:
    """503 with `Retry-After`; the database's error is logged."""
    log.error("The database does not answer", exc_info=error)
    return problem_of(request, Unavailable())
