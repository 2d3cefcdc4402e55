"""Renders a notice in its recipient's language and the clinic's time zone, as plain text and HTML."""

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _

from shs.notices.kinds import Kind
from shs.notices.models import Notice


class Letter(NamedTuple):
    """The content of a notice: `text` is a list of paragraphs, `facts` pairs of label and value, `url` the target of
    its button (or empty)."""

    subject: str
    text: str
    facts: list[tuple[str, str]]
    url: str


MakeSecret = Callable[[Any], dict[str, str]]
SECRETS: dict[str, MakeSecret] = {}
"""Kind → function that makes the secret part of its text, which must not be stored: a link that is as good as a
password."""


def secret_of(kind: Kind) -> Callable[[MakeSecret], MakeSecret]:
    """Register the function that makes the secret part of a kind's text for a user, at the moment of sending."""

    def register(make: MakeSecret) -> MakeSecret:
        SECRETS[kind] = make
        return make

    return register


def language_of(user: Any) -> str:
    """The language of the user's notices."""
    return user.language or settings.LANGUAGE_CODE


def letter_of(notice: Notice, *, with_secret: bool = False) -> Letter:
    """Render `notice` in the active language. Without the secret, a link that logs somebody in is left out."""
    secret = SECRETS[notice.kind](notice.user) if with_secret and notice.kind in SECRETS else {}
    context = {"user": notice.user, **_read(notice.data), **secret}
    subject, _end, text = render_to_string(f"email/{notice.kind}.txt", context).strip().partition("\n")
    return Letter(subject.strip(), re.sub(r"\n{3,}", "\n\n", text.strip()), _facts(context), context.get("url", ""))


def message_parts(notice: Notice) -> tuple[str, str, str]:
    """Subject, text and HTML of the mail in the recipient's language. It contains the secret, so it may only be
    sent."""
    with translation.override(language_of(notice.user)):
        letter = letter_of(notice, with_secret=True)
        return (letter.subject, as_text(notice, letter), as_html(notice, letter))


def as_text(notice: Notice, letter: Letter) -> str:
    """The plain text of the mail."""
    return render_to_string("email/layout.txt", _frame(notice, letter))


def as_html(notice: Notice, letter: Letter) -> str:
    """The same text as HTML."""
    return render_to_string("email/layout.html", _frame(notice, letter))


def _frame(notice: Notice, letter: Letter) -> dict[str, Any]:
    paragraphs = [part.strip() for part in letter.text.split("\n\n") if part.strip()]
    language = translation.get_language()
    return {"letter": letter, "name": notice.user.name, "paragraphs": paragraphs, "language": language}


def _read(data: dict[str, Any]) -> dict[str, Any]:
    """Instants as local times, days as dates."""
    found = dict(data)
    for name, value in data.items():
        if name.endswith("_at") and value:
            found[name] = timezone.localtime(datetime.fromisoformat(value))
        elif name.endswith("_on") and value:
            found[name] = date.fromisoformat(value)
    return found


def _facts(context: dict[str, Any]) -> list[tuple[str, str]]:
    """Facts of a visit: time, doctor, place."""
    if "starts_at" not in context:
        return []
    who = (_("Patient"), context["patient"]) if context.get("as_doctor") else (_("Doctor"), context["doctor"])
    rows = [
        (_("When"), formats.date_format(context["starts_at"], "WEEKDAY_DATETIME_FORMAT")),
        (_("Serial"), context["serial"]),
        who,
        (_("Where"), context["place"]),
        (_("Number"), context["number"]),
    ]
    return [(str(label), str(value)) for label, value in rows if value not in (None, "")]
