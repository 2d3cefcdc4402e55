"""What stands on a paper, for its PDF and for its page. Labels are in the language of the patient, with the other
language beside them; every text may be of any script."""

from collections.abc import Iterable
from typing import NamedTuple

from django.conf import settings
from django.db import models
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shs.core.labels import Label


class PaperSize(models.TextChoices):
    """The sizes of paper that clinics print on."""

    A4 = "A4", gettext_lazy("A4 (210 × 297 mm)")
    A5 = "A5", gettext_lazy("A5 (148 × 210 mm)")


class Letterhead(NamedTuple):
    """Who writes, on the left, and the clinic, on the right; `logo`: a PNG or JPEG."""

    name: str
    lines: list[str]
    registration: str
    clinic: str = ""
    clinic_lines: list[str] = []
    logo: bytes = b""


class Fact(NamedTuple):
    """A fact about the patient. `alarms`: in red."""

    label: str
    value: str
    alarms: bool = False


class PatientBlock(NamedTuple):
    """The patient, what is known of them, and when and as what this was issued."""

    label: str
    name: str
    facts: list[Fact]
    issued_label: str
    issued: str
    number: str


class Part(NamedTuple):
    """A titled part of the text."""

    title: str
    words: str
    strong: bool = False


class Entry(NamedTuple):
    """A medicine: its name, how it is taken, and instructions."""

    name: str
    line: str
    more: str = ""


class Closing(NamedTuple):
    """The end of a paper: who signed it, and how it can be checked. `checks`: lines beside the QR code of `url`."""

    signature: str
    name: str
    registration: str
    signed: str
    url: str = ""
    checks: list[str] = []
    code: str = ""


class Paper(NamedTuple):
    """A whole paper. `left` is the narrow column, in which `entries` and `right` have no place. `foot` stands on every
    page, before its number; `mark` lies over what is not valid."""

    title: str
    language: str
    head: Letterhead
    patient: PatientBlock
    left: list[Part]
    sign: str
    entries: list[Entry]
    right: list[Part]
    closing: Closing
    foot: str
    mark: str = ""


def other_language(language: str) -> str:
    """The language beside `language`."""
    return next(code for code, _name in settings.LANGUAGES if code != language)


def known_language(language: str) -> str:
    """`language`, if papers are written in it; otherwise the usual one."""
    return language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def in_both(label: Label, language: str) -> str:
    """`label`, a lazy text, in `language` and then in the other one."""
    said = []
    for one in (language, other_language(language)):
        with translation.override(one):
            said.append(str(label))
    return " · ".join(dict.fromkeys(said))


def page_of(number: int, total: int, language: str) -> str:
    """ "Page 1 of 2" in the language of the paper."""
    with translation.override(language):
        return _("Page %(number)d of %(total)d") % {"number": number, "total": total}


def in_groups(code: str, length: int = 4) -> str:
    """A code in groups, to be read out."""
    return " ".join(code[at : at + length] for at in range(0, len(code), length))


def joined(parts: Iterable[str], between: str = " · ") -> str:
    """What is not empty, in one line."""
    return between.join(part for part in parts if part)
