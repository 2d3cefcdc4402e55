"""The patient API: the `routers` of each app's api.py, errors as problems, its documentation."""

import json
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple, cast
from urllib.parse import urljoin

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import URLPattern, URLResolver, include, path, reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language
from ninja import NinjaAPI
from ninja.openapi.docs import DocsBase, Redoc, Swagger
from ninja.responses import NinjaJSONEncoder

from shs.core.api.authentication import anyone
from shs.core.api.handlers import add_problem_handlers
from shs.core.api.parameters import refuse_unknown_parameters
from shs.core.api.renderers import JsonRenderer
from shs.core.discovery import collect
from shs.summary import router as summary

api = NinjaAPI(
    title="Smart Health Synchronizer",
    version="1.0.0",
    description="The patient API: find a doctor, book a visit. Errors are problems (RFC 9457), lists come in pages.",
    renderer=JsonRenderer(),
    docs_url=None,
    openapi_url=None,
    urls_namespace="api",
)
add_problem_handlers(api)
refuse_unknown_parameters(api)
for prefix, router in collect("api"):
    api.add_router(prefix, router)
api.add_router("/summary", summary)


@api.get("/", auth=anyone, include_in_schema=False)
def index(request: HttpRequest) -> HttpResponse:
    """Where to begin: a page for browsers, JSON for programs."""
    if request.get_preferred_type(["application/json", "text/html"]) == "text/html":
        root = _absolute(request, "")
        examples = {name: text.replace("ROOT/", root) for name, text in EXAMPLES.items()}
        answer = render(request, "api.html", {**examples, "sections": sections()})
    else:
        links = {name: _absolute(request, address) for name, address in START.items()}
        answer = JsonResponse({"name": api.title, "version": api.version, "links": links})
    patch_vary_headers(answer, ["Accept"])
    return answer


START = {
    "openapi": "/api/schema/",
    "swagger": "/api/schema/swagger-ui/",
    "redoc": "/api/schema/redoc/",
    "doctors": "doctors/search",
    "specializations": "doctors/specializations",
    "register": "auth/register",
    "login": "auth/login",
    "patients": "patients/",
    "summary": "summary",
}
"""Name → address, relative to the API, of what to try first."""


EXAMPLES = {
    "without_login": "curl 'ROOT/doctors/search?q=cardio'\ncurl 'ROOT/doctors/1/slots'",
    "with_login": (
        "curl 'ROOT/auth/login' -H 'Content-Type: application/json' \\\n"
        """     -d '{"email": "…", "password": "…"}'\n"""
        "curl 'ROOT/summary' -H 'Authorization: Bearer …'"
    ),
    "for_family": (
        "curl 'ROOT/patients/' -H 'Authorization: Bearer …'\n"
        "curl 'ROOT/appointments/' -H 'Authorization: Bearer …' -H 'Content-Type: application/json' \\\n"
        """     -d '{"patient": 12, "doctor": 1, "date": "…", "time": "…"}'\n"""
        "curl 'ROOT/patients/corrections' -H 'Authorization: Bearer …' -H 'Content-Type: application/json' \\\n"
        """     -d '{"patient": 12, "fact": "date_of_birth", "wanted": "12/03/2019", "reason": "her certificate"}'"""
    ),
}


def _absolute(request: HttpRequest, address: str) -> str:
    return request.build_absolute_uri(urljoin(reverse("api:index"), address))


class Listed(NamedTuple):
    """A route as the start page lists it; `is_open` if it needs no login."""

    method: str
    path: str
    summary: str
    is_open: bool


@cache
def sections() -> list[tuple[str, list[Listed]]]:
    """The routes by their tag, as in the OpenAPI document."""
    found: dict[str, list[Listed]] = {}
    for address, item in schema()["paths"].items():
        for method, operation in item.items():
            text = operation.get("description", operation["summary"])
            listed = Listed(method.upper(), address, text, "security" not in operation)
            found.setdefault(operation["tags"][0], []).append(listed)
    return sorted(found.items())


def _shorter(route: URLPattern, prefix: str) -> URLPattern:
    view = cast(Callable[..., HttpResponse], route.callback)
    return path(str(route.pattern).removeprefix(prefix), view, name=route.name)


def paths() -> tuple[list[URLPattern | URLResolver], str, str]:
    """The routes of the API for `urlpatterns`, those under one prefix together: Django compares an address with one
    route after the other, and there are ninety."""
    found, app_name, namespace = cast("tuple[list[URLPattern], str, str]", api.urls)
    under: dict[str, list[URLPattern]] = {}
    for route in found:
        prefix, slash, _rest = str(route.pattern).partition("/")
        under.setdefault(f"{prefix}{slash}" if slash else "", []).append(route)
    grouped: list[URLPattern | URLResolver] = []
    for prefix, routes in under.items():
        inner = [_shorter(one, prefix) for one in routes]
        grouped += [path(prefix, include(inner))] if prefix else inner
    return grouped, app_name, namespace


class LocalDocs:
    """Documentation pages whose assets are served from this site."""

    def __init__(self, docs: DocsBase) -> None:
        self.docs = docs
        docs.get_openapi_url = lambda api, path_params: reverse("openapi")  # type: ignore[method-assign]

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.docs.render_page(request, api)


swagger = LocalDocs(Swagger(settings={"persistAuthorization": False}))
redoc = LocalDocs(Redoc())


PROBLEM = {
    "type": "object",
    "title": "Problem",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "description": "Only with 422: the dotted path of each input that is not valid, and why.",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}


KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": 255},
    "description": "The same key, user and body within 24 hours give the first answer again, and create nothing.",
}


def schema() -> dict[str, Any]:
    """The OpenAPI document: each operation gets the problem response, and schemas named after our code get their
    documented names."""
    written = json.dumps(api.get_openapi_schema(path_prefix="/api/v1/"), cls=NinjaJSONEncoder)
    document: dict[str, Any] = json.loads(written.replace("{pk}", "{id}").replace('"name": "pk"', '"name": "id"'))
    document["components"].setdefault("schemas", {})["Problem"] = PROBLEM
    document["components"]["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for operations in document["paths"].values():
        for operation in operations.values():
            operation["responses"]["default"] = {"description": "A problem (RFC 9457)", "content": content}
            if operation.get("security"):
                operation["security"] = [{"bearer": []}]
    for address in ("/api/v1/appointments/", "/api/v1/prescriptions/"):
        document["paths"][address]["post"]["parameters"].append(KEY)
    return document


@cache
def _written(language: str) -> bytes:
    """The OpenAPI document in a language. Kept, because making it takes a fifth of a second: anybody may ask for it."""
    return json.dumps(schema()).encode()


def openapi(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document."""
    return HttpResponse(_written(get_language() or ""), content_type="application/json")
