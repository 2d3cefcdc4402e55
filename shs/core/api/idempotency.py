"""Idempotency-Key: a repeated request gets the first answer again."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar, cast

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Status
from pydantic_core import to_jsonable_python

from shs.core.api.models import KeptAnswer
from shs.core.errors import Invalid

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")
Asked = TypeVar("Asked", bound=HttpRequest)


def idempotent(
    view: Callable[Concatenate[Asked, Arguments], Status[Answer]],
) -> Callable[Concatenate[Asked, Arguments], Status[Answer]]:
    """Support `Idempotency-Key`: the same key, user and body within 24 hours give the first answer again; the same key
    with another body is 422. Key and work share one transaction, so a refusal stores nothing, and a simultaneous retry
    waits for the first request."""

    @wraps(view)
    def answered_once(request: Asked, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Status[Answer]:
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
                return Status(kept.status or 200, cast(Answer, kept.body))
            answer = view(request, *args, **kwargs)
            kept.status, kept.body = answer.status_code, to_jsonable_python(answer.value)
            kept.save(update_fields=["status", "body"])
        return answer

    return answered_once
