"""Reads settings from the environment, or from `.env` beside `manage.py`. Each function reads one setting, and raises
ImproperlyConfigured with a message that names it if its value is invalid."""

import os
import re
import sys
from collections.abc import Collection, Sequence
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import dotenv
import environ
import phonenumbers
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
TESTING = sys.argv[1:2] == ["test"]

if not TESTING:
    # Tests must not depend on the developer's `.env`.
    try:
        dotenv.load_dotenv(BASE_DIR / ".env", interpolate=False, encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(f"The file .env cannot be read as UTF-8 text ({type(error).__name__}).") from None
env = environ.Env()
# An empty value counts as not set. django-environ reads a value that begins with $ as the name of another variable,
# which is wrong for passwords; so it is escaped by a backslash, which django-environ removes.
env.ENVIRON = {name: value.replace("$", r"\$") for name, value in os.environ.items() if value.strip()}
env.escape_proxy = True


def text(name: str, default: str = "") -> str:
    """The setting `name` as text."""
    return str(env.str(name, default))


def listed(name: str, default: Sequence[str] = ()) -> list[str]:
    """The setting `name` as a list, separated by commas; empty items are left out."""
    return [word.strip() for word in env.list(name, default=list(default)) if word.strip()]


def whole_number(name: str, default: int, *, least: int, most: int) -> int:
    """The integer setting `name`, within `least` and `most` (inclusive)."""
    try:
        value = int(env.int(name, default))
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {env(name)!r}.") from None
    if not least <= value <= most:
        raise ImproperlyConfigured(f"{name} must be between {least} and {most}, not {value}.")
    return value


def pair(name: str, first: int, second: int, what: str) -> tuple[int, int, str]:
    """The setting `name` as two numbers, written as `30/300`, with `what` they count."""
    value = text(name).strip()
    numbers = re.fullmatch(r"([0-9]{1,7})/([0-9]{1,7})", value)
    if value and numbers is None:
        raise ImproperlyConfigured(f"{name} must be two numbers such as {first}/{second}, not {value!r}.")
    return (int(numbers[1]), int(numbers[2]), what) if numbers else (first, second, what)


def flag(name: str, default: bool) -> bool:
    """The boolean setting `name`; only usual words are accepted, so that a typing error does not count as False."""
    value = text(name).strip().lower()
    words = (
        {"": default}
        | dict.fromkeys(("true", "on", "yes", "1"), True)
        | dict.fromkeys(("false", "off", "no", "0"), False)
    )
    if value not in words:
        raise ImproperlyConfigured(f"{name} must be on or off, not {value!r}.")
    return words[value]


def one_of(name: str, default: str, *words: str) -> str:
    """The setting `name`, which must be one of `words`."""
    value = text(name, default).strip().lower()
    if value not in words:
        raise ImproperlyConfigured(f"{name} must be {' or '.join(words)}, not {value!r}.")
    return value


def keys(name: str) -> dict[str, str]:
    """The setting `name` as keys by id, the first one for new work: `2026:secret,2025:other`."""
    pairs = [(key.strip(), secret.strip()) for key, _colon, secret in (word.partition(":") for word in listed(name))]
    if any(not re.fullmatch(r"[A-Za-z0-9._-]{1,40}", key) or len(secret) < 32 for key, secret in pairs):
        raise ImproperlyConfigured(
            f"{name} must look like 2026:a-random-string-of-32-characters-or-more, with commas between several."
        )
    return dict(pairs)


def phone_number(name: str) -> str:
    """The setting `name` as a telephone number; empty if it is not set."""
    value = text(name).strip()
    if value and not re.fullmatch(r"\+?[0-9](?:[ -]?[0-9]){2,14}", value):
        raise ImproperlyConfigured(f"{name} must be a telephone number such as +880 1700-000000, not {value!r}.")
    return value


def region(name: str, default: str) -> str:
    """The setting `name` as a country that has a numbering plan, by its ISO 3166 code."""
    value = text(name, default).strip().upper()
    if value not in phonenumbers.SUPPORTED_REGIONS:
        raise ImproperlyConfigured(f"{name} must be the two letters of a country, such as BD, not {value!r}.")
    return value


def day(name: str) -> date | None:
    """The setting `name` as a date; None if it is not set."""
    value = text(name).strip()
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a date such as 2026-11-28, not {value!r}.") from None


def web_address(name: str, default: str = "") -> str:
    """The setting `name` as an http(s) URL without a trailing slash; empty if it is not set."""
    value = text(name, default).rstrip("/")
    if value and (urlsplit(value).scheme not in {"http", "https"} or not urlsplit(value).netloc):
        raise ImproperlyConfigured(f"{name} must be an address such as http://127.0.0.1:8001, not {value!r}.")
    return value


def origins(name: str) -> list[str]:
    """The setting `name` as a list of web origins: scheme, host and port, no path."""
    found = listed(name)
    for origin in found:
        parts = urlsplit(origin)
        if parts.scheme not in {"http", "https"} or origin != f"{parts.scheme}://{parts.netloc}" or not parts.netloc:
            raise ImproperlyConfigured(
                f"{name} must be origins such as https://app.example.com with commas, not {origin!r}."
            )
    return found


def words(name: str, default: Sequence[str], *, known: Collection[str]) -> list[str]:
    """The setting `name` as a list of words of `known`, separated by commas."""
    found = listed(name, default)
    if unknown := set(found) - set(known):
        raise ImproperlyConfigured(f"{name} must be words of {', '.join(known)}, not {', '.join(sorted(unknown))}.")
    return found


def server_address(name: str, example: str, *schemes: str) -> str:
    """The setting `name` as the address of a server with one of `schemes`; empty if it is not set. Since it may contain
    a password, the error message shows only `example`."""
    value = text(name)
    if value and not value.startswith(tuple(f"{scheme}://" for scheme in schemes)):
        raise ImproperlyConfigured(f"{name} must look like {example}.")
    return value


class Accepted(NamedTuple):
    """Which answers of an SMS gateway accept a text: those with one of `statuses`, and, where `kind` is set, of which
    the body holds one of `values`: anywhere (`text`), or at the dotted `path` of its JSON (`json`)."""

    statuses: frozenset[int]
    kind: str = ""
    path: str = ""
    values: tuple[str, ...] = ()


def accepted(name: str, default: str) -> Accepted:
    """The setting `name` as `200-299`, `200,202 text:OK|QUEUED`, or `200 json:messages.0.status=accepted`."""
    value = text(name, default).strip()
    codes, _space, rest = value.partition(" ")
    spans = [re.fullmatch(r"([1-5][0-9]{2})(?:-([1-5][0-9]{2}))?", span.strip()) for span in codes.split(",")]
    what = re.fullmatch(r"(?:(text):|(json):([A-Za-z0-9_.-]{1,100})=)(.{1,200})", rest.strip())
    if not all(spans) or (rest.strip() and what is None):
        raise ImproperlyConfigured(
            f"{name} must look like 200-299, 200 text:OK, or 200 json:status=accepted, not {value!r}."
        )
    statuses = {code for span in spans if span for code in range(int(span[1]), int(span[2] or span[1]) + 1)}
    if what is None:
        return Accepted(frozenset(statuses))
    values = tuple(word.strip() for word in what[4].split("|") if word.strip())
    return Accepted(frozenset(statuses), what[1] or what[2], what[3] or "", values)


def amount(name: str, default: str) -> Decimal:
    """The setting `name` as an amount of money with at most three decimals."""
    value = text(name, default).strip()
    if not re.fullmatch(r"[0-9]{1,7}(\.[0-9]{1,3})?", value):
        raise ImproperlyConfigured(f"{name} must be an amount such as {default}, not {value!r}.")
    return Decimal(value)


def hours(name: str, default: str) -> tuple[time, time] | None:
    """The setting `name` as two times of day, `21:00-08:00`; None for `none`."""
    value = text(name, default).strip().lower()
    if value == "none":
        return None
    try:
        begins, ends = (time.fromisoformat(part.strip()) for part in value.split("-"))
    except ValueError:
        begins = ends = time()
    if begins == ends or begins.tzinfo or ends.tzinfo:
        raise ImproperlyConfigured(f"{name} must be two times such as {default}, or none, not {value!r}.")
    return begins, ends


def header_lines(name: str, default: str) -> dict[str, str]:
    """The setting `name` as HTTP headers, `Name: value`, separated by a bar or a line break. They may hold a key, so
    the message does not repeat them."""
    pairs = [line.partition(":") for line in re.split(r"[|\n]", text(name, default)) if line.strip()]
    found = {key.strip(): value.strip() for key, _colon, value in pairs}
    if any(
        not re.fullmatch(r"[A-Za-z0-9-]+", key) or not re.fullmatch(r"[ -~]+", value) for key, value in found.items()
    ):
        raise ImproperlyConfigured(f"{name} must be lines such as Content-Type: application/json, with | between them.")
    return found
