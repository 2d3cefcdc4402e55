"""Answers that caches may keep."""

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
    """Answer with an ETag, and 304 to who has it already. Caches may keep what nobody in particular asked for, and ask
    each time whether it still stands: what is hidden is hidden at once. The answer to a caller with a token is theirs
    alone. For `@decorate_view(public_answer)`."""

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
