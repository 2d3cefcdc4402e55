"""Answers with an ETag."""

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import quote_etag

Arguments = ParamSpec("Arguments")


def public_answer(
    view: Callable[Concatenate[HttpRequest, Arguments], HttpResponse],
) -> Callable[Concatenate[HttpRequest, Arguments], HttpResponse]:
    """Answer with an ETag, and with 304 to a client that has this version. Caches may store answers to anonymous
    callers but must revalidate them each time, so that hidden rows disappear at once; answers to a caller with a token
    are private. Use as `@decorate_view(public_answer)`."""

    @wraps(view)
    def answered(request: HttpRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if response.status_code != 200:
            return response
        is_public = "Authorization" not in request.headers
        response["Cache-Control"] = "public, no-cache" if is_public else "private, no-cache"
        patch_vary_headers(response, ["Authorization"])
        etag = response["ETag"] = quote_etag(hashlib.sha256(response.content).hexdigest()[:32])
        conditional: HttpResponse | None = get_conditional_response(request, etag=etag, response=response)
        return conditional or response

    return answered
