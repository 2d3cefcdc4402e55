"""The patient API: the `routers` of each app's api.py, errors as problems, its documentation."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from ninja import NinjaAPI
from ninja.openapi.docs import DocsBase, Redoc, Swagger
from ninja.responses import NinjaJSONEncoder

from shs.core.api.authentication import anyone
from shs.core.api.handlers import add_problem_handlers
from shs.core.api.renderers import JsonRenderer
from shs.core.discovery import collect

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
for prefix, router in collect("api"):
    api.add_router(prefix, router)


@api.get("/", auth=anyone, include_in_schema=False)
def index(request: HttpRequest) -> dict[str, object]:
    """Where to begin."""
    links = {
        "openapi": reverse("openapi"),
        "swagger": reverse("swagger"),
        "redoc": reverse("redoc"),
        "doctors": "/api/v1/doctors/search",
        "specializations": "/api/v1/doctors/specializations",
        "register": "/api/v1/auth/register",
        "login": "/api/v1/auth/login",
    }
    return {
        "name": api.title,
        "version": api.version,
        "links": {k: request.build_absolute_uri(v) for k, v in links.items()},
    }


class LocalDocs:
    """Documentation pages whose assets are served by the project itself."""

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
    """The OpenAPI document, in which every operation may also answer with a problem, and what is named after our code
    has the names of the contract."""
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
    for path in ("/api/v1/appointments/", "/api/v1/prescriptions/"):
        document["paths"][path]["post"]["parameters"].append(KEY)
    return document


def openapi(request: HttpRequest) -> JsonResponse:
    """The OpenAPI document."""
    return JsonResponse(schema())
