"""What a request is counted by in the limits instead of its internet address, which it may share with others: the
browser or app that has logged in to the account before, or the account of a right link from a mail. So neighbours who
use up the limits of an address keep nobody out who can prove who they are."""

import json

from django.http import HttpRequest
from django.utils import timezone

from shs.core.middleware import API
from shs.core.types import clean_email
from shs.users import devices, second_factor
from shs.users.links import CONFIRM, UNDO, change_of, reset_token, user_of, verification_token


def by_device(request: HttpRequest) -> str:
    """By the known browser or app of the account that logs in, or whose password or mail this is about; else empty."""
    account = _account(request)
    name = devices.known(request, account) if account else ""
    return f"device:{name[:32]}" if name else ""


def by_link(request: HttpRequest) -> str:
    """By the account of a link that was sent by mail; empty for one that is wrong."""
    given = _given(request)
    uid, token = given.get("uid", "")[:300], given.get("token", "")[:300]
    if not token:
        return ""
    if uid:
        user = user_of(uid)
        is_right = user is not None and any(
            tokens.check_token(user, token) for tokens in (reset_token, verification_token)
        )
        return f"link:{user.pk}" if user and is_right else ""
    change = change_of(token, CONFIRM) or change_of(token, UNDO)
    return f"link:{change.user_id}" if change else ""


def _account(request: HttpRequest) -> str:
    """The address that was typed; without one that of the user, also of one who still owes the code."""
    given = _given(request)
    typed = clean_email(given.get("email") or given.get("username") or "")
    if typed:
        return typed
    if request.user.is_authenticated:
        return request.user.login_name
    held = second_factor.held(request.session, timezone.now()) if request.path.startswith("/admin/") else None
    return held.login_name if held else ""


def _given(request: HttpRequest) -> dict[str, str]:
    """The texts that were sent as a form, as JSON, or in the address."""
    found: dict[str, object] = dict(request.GET.items())
    if not request.path.startswith(API):
        found.update(request.POST.items())
    elif request.content_type == "application/json":
        try:
            body = json.loads(request.body)
        except (ValueError, RecursionError):
            body = None  # the route refuses it
        found = body if isinstance(body, dict) else {}
    return {name: value for name, value in found.items() if isinstance(value, str)}
