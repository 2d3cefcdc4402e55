"""Middleware: request context, limits of input, content security policy, errors as problems."""

from collections.abc import Callable
from typing import TypeAlias
from urllib.parse import unquote

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from shs.core.api.problems import database_away, problem
from shs.core.context import RequestContext, current
from shs.core.errors import Unavailable

API = "/api/"
GetResponse: TypeAlias = Callable[[HttpRequest], HttpResponseBase]


class OfPages:
    """Mixed into a middleware that only pages need: the API has neither sessions nor messages, and a tenth of a short
    answer's time would go into asking."""

    get_response: GetResponse

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path.startswith(API):
            return self.get_response(request)
        return super().__call__(request)  # type: ignore[no-any-return]  # that of the middleware


class SessionOfPages(OfPages, SessionMiddleware):
    """Django's, for pages."""


class UserOfPages(OfPages, AuthenticationMiddleware):
    """Django's, for pages; the API's users come from their tokens."""


class MessagesOfPages(OfPages, MessageMiddleware):
    """Django's, for pages."""


class RequestContextMiddleware:
    """Gives each request an id for history, logs and client (`X-Request-ID`)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        context = RequestContext(request)
        token = current.set(context)
        request.context = context  # type: ignore[attr-defined]  # for log lines that Django writes when the answer has left
        try:
            response = self.get_response(request)
        finally:
            current.reset(token)
        response["X-Request-ID"] = context.id
        return response


class ContentSecurityPolicyMiddleware:
    """Sets the content security policy: under /admin/ unfold's Alpine needs eval and inline styles; all other pages get
    the strict one."""

    COMMON = (
        "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'self'; frame-ancestors 'none'; "
        "form-action 'self'"
    )
    STRICT = f"{COMMON}; script-src 'self'; style-src 'self'"
    ADMIN = f"{COMMON}; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'"
    # ReDoc and Swagger insert style elements; ReDoc's search runs in a blob worker.
    DOCS = f"{COMMON}; script-src 'self'; style-src 'self' 'unsafe-inline'; worker-src 'self' blob:"

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.path.startswith("/admin/"):
            policy = self.ADMIN
        elif request.path.startswith("/api/schema/"):
            policy = self.DOCS
        else:
            policy = self.STRICT
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        if request.path.startswith((API, "/admin/")):
            response.headers.setdefault("Cache-Control", "no-store")
        return response


class InputLimitMiddleware:
    """Refuses requests with NUL in the path or query, and bodies over the limit."""

    UPLOAD_MARGIN_BYTES = 64 * 1024
    BODY_TYPES = ("application/json", "multipart/form-data")

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if "\x00" in request.path or "\x00" in unquote(request.META.get("QUERY_STRING", "")):
            return self._refuse(request, 400, _("An address cannot contain a NUL character."))
        try:
            length = int(request.META.get("CONTENT_LENGTH") or 0)
        except ValueError:
            return self._refuse(request, 400, _("The length of the body is not a number."))
        limit = settings.BODY_LIMIT_BYTES
        if request.content_type == "multipart/form-data":
            limit = settings.DOCUMENT_LIMIT_BYTES + self.UPLOAD_MARGIN_BYTES
        if length > limit:
            return self._refuse(request, 413, _("Send at most %(limit)s kB at once.") % {"limit": limit // 1024})
        if length and request.path.startswith(API) and request.content_type not in self.BODY_TYPES:
            return self._refuse(request, 415, _("Send JSON, with the content type application/json."))
        return self.get_response(request)

    def _refuse(self, request: HttpRequest, status: int, detail: str) -> HttpResponse:
        if request.path.startswith(API):
            return problem(request, status, detail)
        return HttpResponse(detail, status=status, content_type="text/plain; charset=utf-8")


class ProblemMiddleware:
    """Under /api/: ignores a trailing slash, answers HEAD like GET, and turns Django's own error pages into
    problems."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path.startswith(API):
            return self.get_response(request)
        if request.method != "HEAD":
            return self._answer(request)
        request.method = "GET"
        response = self._answer(request)
        request.method = "HEAD"
        if isinstance(response, HttpResponse):
            response["Content-Length"] = len(response.content)
            response.content = b""
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answers 503 in the admin if the database is unavailable."""
        if not isinstance(error, OperationalError | InterfaceError):
            return None
        answer = database_away(request, error)
        if not request.path.startswith(API):
            answer.content = str(Unavailable.title).encode()
            answer["Content-Type"] = "text/plain; charset=utf-8"
        return answer

    def _answer(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code == 404 and request.resolver_match is None:
            path = request.path_info
            request.path_info = path[:-1] if path.endswith("/") else f"{path}/"
            response = self.get_response(request)
        is_problem = response.headers.get("Content-Type", "").startswith("application/problem+json")
        if response.status_code < 400 or is_problem:
            return response
        answer = problem(request, response.status_code)
        for name in ("Allow", "Retry-After"):
            if name in response.headers:
                answer[name] = response.headers[name]
        return answer
