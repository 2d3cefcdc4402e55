"""Renders a notice in its recipient's language and the clinic's time zone, as plain text and HTML."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import NamedTuple

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _

from shs.core.caller import Member
from shs.notices.kinds import Kind
from shs.notices.models import Notice


class Letter(NamedTuple):
    """The content of a notice: `text` is a list of paragraphs, `facts` pairs of label and value, `url` the target of
    its button (or empty)."""

    subject: str
    text: str
    facts: list[tuple[str, str]]
    url: str


MakeSecret = Callable[[Notice], dict[str, str]]
SECRETS: dict[str, MakeSecret] = {}
"""Kind → function that makes the secret part of its text, which must not be stored: a link that is as good as a
password."""


def secret_of(kind: Kind) -> Callable[[MakeSecret], MakeSecret]:
    """Register the function that makes the secret part of a kind's text, at the moment of sending."""

    def register(make: MakeSecret) -> MakeSecret:
        SECRETS[kind] = make
        return make

    return register


def language_of(user: Member) -> str:
    """The language of the user's notices."""
    return user.language or settings.LANGUAGE_CODE


def letter_of(notice: Notice, *, with_secret: bool = False) -> Letter:
    """Render `notice` in the active language. Without the secret, a link that logs somebody in is left out."""
    secret = SECRETS[notice.kind](notice) if with_secret and notice.kind in SECRETS else {}
    context: dict[str, object] = {"user": notice.user, **read_data(notice.data), **secret}
    subject, _end, text = render_to_string(f"email/{notice.kind}.txt", context).strip().partition("\n")
    url = str(context.get("url", ""))
    if about := context.get("for_name"):  # to a guardian of the person
        subject = f"{about}: {subject.strip()}"
        text = "\n\n".join([_("This message is about %(name)s, whose guardian you are.") % {"name": about}, text])
    return Letter(subject.strip(), re.sub(r"\n{3,}", "\n\n", text.strip()), _facts(context), url)


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


def _frame(notice: Notice, letter: Letter) -> dict[str, object]:
    paragraphs = [part.strip() for part in letter.text.split("\n\n") if part.strip()]
    language = translation.get_language()
    return {"letter": letter, "name": notice.user.name, "paragraphs": paragraphs, "language": language}


def read_data(data: Mapping[str, object]) -> dict[str, object]:
    """Instants as local times, days as dates."""
    found = dict(data)
    for name, value in data.items():
        if name.endswith("_at") and value:
            found[name] = timezone.localtime(datetime.fromisoformat(str(value)))
        elif name.endswith("_on") and value:
            found[name] = date.fromisoformat(str(value))
    return found


def _facts(context: Mapping[str, object]) -> list[tuple[str, str]]:
    """Facts of a visit: time, doctor, place."""
    starts_at = context.get("starts_at")
    if not isinstance(starts_at, datetime):
        return []
    who = (_("Patient"), context["patient"]) if context.get("as_doctor") else (_("Doctor"), context["doctor"])
    rows = [
        (_("When"), formats.date_format(starts_at, "WEEKDAY_DATETIME_FORMAT")),
        (_("Serial"), context["serial"]),
        who,
        (_("Where"), context["place"]),
        (_("Number"), context["number"]),
    ]
    return [(str(label), str(value)) for label, value in rows if value not in (None, "")]
