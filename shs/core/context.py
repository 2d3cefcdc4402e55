"""What is known of the request being served, for code that is not handed it: audit lines and logs."""

import uuid
from collections.abc import Callable, Hashable
from contextvars import ContextVar
from typing import TypeVar, cast

from django.conf import settings
from django.http import HttpRequest

from shs.core.caller import Member

Found = TypeVar("Found")


class RequestContext:
    """One request: `id` (32 hex digits), `address`, and what was already looked up while serving it."""

    def __init__(self, request: HttpRequest):
        self.request = request
        self.id = uuid.uuid4().hex
        self.address = address_of(request)
        self.memory: dict[Hashable, object] = {}

    @property
    def user(self) -> Member | None:
        """The signed-in user, or None."""
        user = getattr(self.request, "user", None)
        return user if user is not None and user.is_authenticated else None


current: ContextVar[RequestContext | None] = ContextVar("shs_request", default=None)


def address_of(request: HttpRequest) -> str:
    """The client's address; forwarded headers count only as far as TRUSTED_PROXIES says."""
    direct = str(request.META.get("REMOTE_ADDR", ""))
    hops = [hop.strip() for hop in str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",") if hop.strip()]
    if not settings.TRUSTED_PROXIES or len(hops) < settings.TRUSTED_PROXIES:
        return direct
    return str(hops[-settings.TRUSTED_PROXIES][:45])


def remember(key: Hashable, find: Callable[[], Found]) -> Found:
    """The value of `find()`, looked up once a request; outside of a request it is looked up every time."""
    context = current.get()
    if context is None:
        return find()
    if key not in context.memory:
        context.memory[key] = find()
    return cast(Found, context.memory[key])


def forget() -> None:
    """Drop what was remembered: rights have just changed."""
    if context := current.get():
        context.memory.clear()


def request_id() -> str:
    """The id of the request being served; empty in a job."""
    context = current.get()
    return context.id if context else ""


def request_address() -> str:
    """The address that the request came from; empty in a job."""
    context = current.get()
    return context.address if context else ""
