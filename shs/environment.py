"""Settings as the environment has them, or `.env` beside `manage.py`: each function reads one, and a value that cannot
be used raises ImproperlyConfigured with a sentence that names the variable."""

import os
import re
import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import dotenv
import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
TESTING = sys.argv[1:2] == ["test"]

if not TESTING:
    # A developer's `.env` must not decide what the tests find.
    try:
        dotenv.load_dotenv(BASE_DIR / ".env", interpolate=False, encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(f"The file .env cannot be read as UTF-8 text ({type(error).__name__}).") from None
env = environ.Env()
# An empty value counts as not set. django-environ takes a value that begins with $ for the name of another variable,
# which a password is not: hence the backslashes, which it removes again.
env.ENVIRON = {name: value.replace("$", r"\$") for name, value in os.environ.items() if value.strip()}
env.escape_proxy = True


def text(name: str, default: str = "") -> str:
    """The setting `name` as it stands there."""
    return str(env.str(name, default))


def listed(name: str, default: Sequence[str] = ()) -> list[str]:
    """The setting `name` as a list, with commas between its words; empty words are left out."""
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


def flag(name: str, default: bool) -> bool:
    """The boolean setting `name`; only the usual words count, so that a typing error is not a silent False."""
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
    """The setting `name` as keys by their ids, the one for new work first: `2026:secret,2025:other`."""
    pairs = [(key.strip(), secret.strip()) for key, _colon, secret in (word.partition(":") for word in listed(name))]
    if any(not re.fullmatch(r"[A-Za-z0-9._-]{1,40}", key) or len(secret) < 32 for key, secret in pairs):
        raise ImproperlyConfigured(
            f"{name} must look like 2026:a-random-string-of-32-characters-or-more, with commas between several."
        )
    return dict(pairs)


def web_address(name: str, default: str = "") -> str:
    """The http(s) address setting `name`, without a trailing slash; empty where it is not set."""
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
    """The setting `name` as a list of words of `known`, with commas between them."""
    found = listed(name, default)
    if unknown := set(found) - set(known):
        raise ImproperlyConfigured(f"{name} must be words of {', '.join(known)}, not {', '.join(sorted(unknown))}.")
    return found


def server_address(name: str, example: str, *schemes: str) -> str:
    """The address of a server that the setting `name` holds, of one of `schemes`; empty where it is not set. It may
    hold a password: a refusal repeats the `example` alone."""
    value = text(name)
    if value and not value.startswith(tuple(f"{scheme}://" for scheme in schemes)):
        raise ImproperlyConfigured(f"{name} must look like {example}.")
    return value
