"""The context of the present request, for code that does not get the request as an argument: history, read log and
logs."""

import uuid
from collections.abc import Callable, Hashable
from contextvars import ContextVar
from ipaddress import IPv4Address, IPv6Network, ip_address
from time import monotonic
from typing import TypeVar, cast

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import LazyObject, empty

from shs.core.caller import Member

Found = TypeVar("Found")


class RequestContext:
    """One request: `id` (32 hex digits), `address`, and values remembered while serving it."""

    def __init__(self, request: HttpRequest):
        self.request = request
        self.id = uuid.uuid4().hex
        self.address = address_of(request)
        self.memory: dict[Hashable, object] = {}

    @property
    def user(self) -> Member | None:
        """The logged-in user, or None."""
        user = getattr(self.request, "user", None)
        return user if user is not None and user.is_authenticated else None

    @property
    def known_user(self) -> Member | None:
        """The signed-in user if somebody has already asked for them, else None: this never reads the session or the
        database, so that log lines can name the user whatever is being logged."""
        user = getattr(self.request, "user", None)
        if isinstance(user, LazyObject) and vars(user)["_wrapped"] is empty:
            return None
        return self.user


current: ContextVar[RequestContext | None] = ContextVar("shs_request", default=None)


_forwarded: dict[str, float] = {}
"""When this process last got a request with a forwarded address that no setting lets it use (`at`)."""


def seconds_since_forwarded(now: float) -> float | None:
    """How many seconds before `now` (of the monotonic clock) a request had a forwarded address although
    TRUSTED_PROXIES is 0; None if none had."""
    return now - _forwarded["at"] if "at" in _forwarded else None


def address_of(request: HttpRequest) -> str:
    """The client's IP address; forwarded headers count only for as many proxies as TRUSTED_PROXIES says."""
    direct = str(request.META.get("REMOTE_ADDR", ""))
    if not settings.TRUSTED_PROXIES and "HTTP_X_FORWARDED_FOR" in request.META:
        _forwarded["at"] = monotonic()
    hops = [hop.strip() for hop in str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",") if hop.strip()]
    if not settings.TRUSTED_PROXIES or len(hops) < settings.TRUSTED_PROXIES:
        return direct
    return str(hops[-settings.TRUSTED_PROXIES][:45])


def counted_address(address: str) -> str:
    """The internet address as limits and pauses count it: of IPv6 the network of 64 bits, in which one customer may
    choose any address."""
    try:
        found = ip_address(address)
    except ValueError:
        return address[:40]
    if isinstance(found, IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or IPv6Network((int(found) >> 64 << 64, 64)))


def remember(key: Hashable, find: Callable[[], Found]) -> Found:
    """The result of `find()`, remembered for the present request; without a request it is called each time."""
    context = current.get()
    if context is None:
        return find()
    if key not in context.memory:
        context.memory[key] = find()
    return cast(Found, context.memory[key])


def remembered(key: Hashable) -> object | None:
    """What `remember` has found in the present request, if anything."""
    context = current.get()
    return context.memory.get(key) if context else None


def forget() -> None:
    """Forget all remembered values, because rights have changed."""
    if context := current.get():
        context.memory.clear()


def request_id() -> str:
    """The id of the present request; empty in a job."""
    context = current.get()
    return context.id if context else ""


def request_address() -> str:
    """The client's address of the present request; empty in a job."""
    context = current.get()
    return context.address if context else ""
