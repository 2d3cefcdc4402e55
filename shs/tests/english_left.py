"""Finds English on a page that is shown in Bangla."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any
from uuid import UUID

from django.apps import apps

from shs.tests.spoken import LATIN_WORD, spoken

ALIKE = re.compile(
    r"(?<!\w)(English|Ctrl|Enter|Page Up|Page Down|esc|Control|Command|"
    r"CSV|JSON|JSONL|XLSX|TSV|PDF|JPEG|PNG|SHA-256|ICD-10|LOINC|ATC|mmHg|HbA1c|[HL]DL|[mµ]mol/L|mmol/mol|mg/dL|g/d?L|\S+•+@\S+|v\d+|"
    r"https?://\S+|"
    r"QR|HTML|Django|SQLite|PostgreSQL|[KM]iB|Redis|Celery|Asia/Dhaka|run_due|worker|beat|manage.py|"
    r"UTF-8|DGDA|brand, generic, strength ও form, আর জানা থাকলে maker|"
    r"Aegis|2FAS|Google Authenticator|Single Sign-On|LDAP)(?!\w)",
    re.IGNORECASE,
)
"""Language names, keyboard keys, file formats and the columns of one, code systems, units, registers, masked and web
addresses, names of programs."""

IN_BOTH = re.compile(r"<main data-both-languages>.*?</main>", re.DOTALL)
"""A paper, whose labels are in both languages."""

WORD = re.compile(r"\w+")
CUT = re.compile(r"(?<=[:;,] )[^:;,]*…$")
"""The last value of a text that is too long to be shown whole."""
BEGINS = re.compile(r"(?<=[:;,] )")
"""Where a value may begin in a text that lists several."""
UNSEEN = frozenset({"ReadLog.what", "ReadLog.role", "Permission.name", "Group.name", "User.password"})
"""Texts that the database holds in English and that pages show translated."""


def stored_words() -> set[str]:
    """The values of rows: data, which may be English. Without the values of choices, which are shown by their label."""
    found: set[str] = set()
    for model in apps.get_models():
        fields = [
            field.attname
            for field in model._meta.concrete_fields
            if not getattr(field, "choices", None)
            and not field.is_relation
            and f"{model.__name__}.{field.name}" not in UNSEEN
        ]
        for row in model._base_manager.values_list(*fields):
            for value in row:
                found |= set(texts(value))
    return found


def texts(value: Any) -> Iterator[str]:
    """The texts in a stored value, whole and line by line, also those inside JSON and HTML."""
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from texts(part)
    elif isinstance(value, UUID):
        yield str(value)
    elif isinstance(value, str) and len(value) > 2:
        yield from (value, *value.splitlines(), *spoken(value))


_CHECKED: dict[frozenset[str], dict[str, bool]] = {}
"""Whether texts are English, for each set of words that are data: classes with the same rows check a text once."""


@cache
def whole(value: str) -> re.Pattern[str]:
    """Finds the value as whole words. Python keeps the last 512 expressions only, and there are more values."""
    return re.compile(rf"(?<!\w){re.escape(value)}(?!\w)", re.IGNORECASE)


class EnglishLeft:
    """Latin words on a page may only be data or names. `names` are further words that are data: the dashboard greets
    users by their first names."""

    def __init__(self, names: Iterable[str]):
        words = {value for value in stored_words() | set(names) if LATIN_WORD.search(value)}
        self.data: dict[str, list[tuple[str, str]]] = defaultdict(list)
        """The values of rows that begin with a word, each with its lower case; under "" those that begin otherwise."""
        for value in words:
            first = WORD.match(value.lower())
            self.data[first[0] if first else ""].append((value, value.lower()))
        self.checked = _CHECKED.setdefault(frozenset(words), {})

    def on(self, html: str) -> set[str]:
        """The texts of a page with a Latin word that is not data; a text that many pages share is checked once."""
        parts = {" ".join(part.split()) for part in spoken(IN_BOTH.sub("", html))}
        for part in parts - self.checked.keys():
            self.checked[part] = self.is_english(part)
        return {part for part in parts if self.checked[part]}

    def is_english(self, text: str) -> bool:
        """Whether words are left once data and ALIKE are removed, in either order."""
        if not LATIN_WORD.search(text) or text[:1] in "[{<":
            return False  # a stored list, object or HTML text is shown unchanged
        text = self.without_cut(text)
        return all(
            LATIN_WORD.search(left)
            for left in (ALIKE.sub(" ", self.without_data(text)), self.without_data(ALIKE.sub(" ", text)))
        )

    def without_cut(self, text: str) -> str:
        """A text that was too long to be shown whole, without its last value if that is data."""
        for found in BEGINS.finditer(text) if text.endswith("…") else ():
            tail = text[found.start() : -1].lower()
            first = WORD.match(tail)
            if any(lower.startswith(tail) for _value, lower in self.data.get(first[0] if first else "", ())):
                return f"{text[: found.start()]}…"
        return CUT.sub("…", text)

    def without_data(self, text: str) -> str:
        lower = text.lower()
        firsts = {"", *WORD.findall(lower)}
        known = [pair for first in firsts for pair in self.data.get(first, ()) if pair[1] in lower]
        for value, lowered in sorted(known, key=lambda pair: len(pair[0]), reverse=True):
            if lowered in lower:
                text = whole(value).sub(" ", text)
                lower = text.lower()
        return text
