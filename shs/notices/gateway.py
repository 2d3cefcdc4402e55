"""The SMS gateway of a provider, as the settings describe it; without one, a line in the terminal or in a file."""

import json
import os
import sys
from collections.abc import Callable
from functools import cache
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

from django.conf import settings

from shs.core.http import Answer, Asked, Circuit, Service, UpstreamRefused
from shs.core.phones import mask_phone

ANSWERS = frozenset([*range(200, 500), 503])
"""Statuses by which a gateway says what it did. After any other one it may have sent the text all the same."""

BUSY = frozenset([429, 503])
MOST_READ = 64 * 1024


class NotSent(Exception):
    """The gateway was not reached, or is busy: the text can be sent later."""


class Rejected(Exception):
    """The gateway refuses this text, with an HTTP status."""

    def __init__(self, status: int):
        super().__init__(status)
        self.status = status


class MayBeSent(Exception):
    """The gateway did not say whether it has sent the text."""


@cache
def _service_at(url: str, seconds: int) -> Service:
    return Service(name="sms-gateway", url=url, total_seconds=seconds)


def service() -> Service | None:
    """The configured gateway with its circuit breaker, as this process has seen it; None without one."""
    return _service_at(settings.SMS_URL, settings.SMS_TIMEOUT_SECONDS) if settings.SMS_URL else None


def is_there() -> bool:
    """Whether texts go anywhere."""
    return bool(settings.SMS_URL) or settings.SMS_BACKEND != "none"


def send(*, to: str, text: str, mark: str) -> None:
    """Hand `text` over for the number `to` (E.164). `mark` identifies it, in the request and in delivery reports.
    Raises NotSent, Rejected, MayBeSent. Never inside a transaction."""
    found = service()
    if found is None:
        _write(to, text, mark)
        return
    try:
        answer = found.ask(_asked(to, text, mark))
    except UpstreamRefused as refusal:
        raise (MayBeSent if refusal.was_sent else NotSent) from None
    if answer.status in BUSY:
        raise NotSent
    if not _is_accepted(answer):
        raise Rejected(answer.status)


def _asked(to: str, text: str, mark: str) -> Asked:
    headers = dict(settings.SMS_HEADERS)
    values = {"to": to, "digits": to.removeprefix("+"), "text": text, "id": mark, "sender": settings.SMS_SENDER}
    kind = next((value for key, value in headers.items() if key.lower() == "content-type"), "")
    body = _filled(settings.SMS_BODY, values, _escape_for(kind)).encode()
    url = _filled(settings.SMS_URL, values, lambda value: quote(value, safe=""))
    return Asked(settings.SMS_METHOD, url, headers, None if settings.SMS_METHOD == "GET" else body, ANSWERS)


def _escape_for(kind: str) -> Callable[[str], str]:
    """How a value is written into a body of this media type."""
    if "json" in kind.lower():
        return lambda value: json.dumps(value)[1:-1]
    if "urlencoded" in kind.lower():
        return quote_plus
    return escape if "xml" in kind.lower() else str


def _filled(template: str, values: dict[str, str], escape: Callable[[str], str]) -> str:
    """`template` with each `{name}` replaced; one pass, so that a text which holds `{id}` is sent as it is."""
    parts = template.split("{")
    filled = parts[0]
    for part in parts[1:]:
        name, brace, rest = part.partition("}")
        filled += escape(values[name]) + rest if brace and name in values else "{" + part
    return filled


def _is_accepted(answer: Answer) -> bool:
    wanted, body = settings.SMS_ACCEPTED, str(answer.data)[:MOST_READ]
    if answer.status not in wanted.statuses:
        return False
    if wanted.kind == "text":
        return any(word in body for word in wanted.values)
    return wanted.kind != "json" or _at(body, wanted.path) in wanted.values


def _at(body: str, path: str) -> str | None:
    """The value at a dotted path of JSON, as text; None if there is none."""
    try:
        found: object = json.loads(body)
        for key in path.split("."):
            found = found[int(key)] if isinstance(found, list) else found[key]  # type: ignore[index]
    except (ValueError, KeyError, IndexError, TypeError, RecursionError):
        return None
    return found if isinstance(found, str) else json.dumps(found)


def _write(to: str, text: str, mark: str) -> None:
    """Without a gateway: one line. The text may hold a code, so the terminal shows it only on a developer's machine."""
    if settings.SMS_BACKEND == "console":
        sys.stdout.write(f"SMS to {mask_phone(to)}: {text if settings.DEBUG else mark}\n")
        sys.stdout.flush()
        return
    try:
        settings.SMS_FILE.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(settings.SMS_FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "a", encoding="utf-8") as file:
            file.write(json.dumps({"to": to, "text": text, "id": mark}, ensure_ascii=False) + "\n")
    except OSError:
        raise NotSent from None


def answers_now() -> bool:
    """Whether the circuit breaker of this process lets calls through."""
    found = service()
    return found is None or found.state().circuit != Circuit.OPEN
