"""Rules of values that many models share. A model names them as `validators` of its fields, so that the back office,
imports and commands keep them; the In-schemas of the API use the same ones (shs.core.types)."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

FIRST_YEAR = 1900
BLANK_LETTERS = "\u115f\u1160\u3164\uffa0\u2800\u034f"
"""Characters that count as letters or marks, and show nothing."""

JOINERS = re.compile("(?<=[\u0980-\u09ff])[\u200c\u200d](?=[\u0980-\u09ff])")
"""Zero-width joiners between Bangla letters, which spelling needs."""


def tidy(value: str) -> str:
    """`value` in Unicode's composed form (NFC) and stripped. Raises ValidationError for NUL, other control characters
    and lone surrogates."""
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValidationError(_("This text contains a character that is not valid.")) from None
    value = unicodedata.normalize("NFC", value).strip()
    if any(unicodedata.category(letter) == "Cc" and letter not in "\n\r\t" for letter in value):
        raise ValidationError(_("This text contains a control character."))
    return value


def is_bangla(text: str) -> bool:
    """Whether all letters of `text` are Bangla, and there are some."""
    letters = [letter for letter in text if unicodedata.category(letter)[0] == "L"]
    return bool(letters) and all("\u0980" <= letter <= "\u09ff" for letter in letters)


def _require_visible(value: str) -> list[str]:
    """The categories of the characters of `value`, in one line, without invisible ones and direction marks."""
    rest = JOINERS.sub("", value)
    kinds = [unicodedata.category(letter) for letter in rest]
    if any(kind[0] == "C" or kind in ("Zl", "Zp") for kind in kinds) or any(blank in rest for blank in BLANK_LETTERS):
        raise ValidationError(_("A name must be a single line without invisible characters."))
    return kinds


def validate_person_name(value: str) -> None:
    """A name has at least two letters, of any script, in one line, and no invisible character or direction mark.
    "Unknown patient 3" and "Baby of Alice" are names."""
    if sum(kind[0] == "L" for kind in _require_visible(value)) < 2:
        raise ValidationError(_("A name has at least two letters."))


def validate_name(value: str) -> None:
    """The name or title of a thing has at least a letter or a digit, in one line, and no invisible character or
    direction mark."""
    if value and not any(kind[0] in "LN" for kind in _require_visible(value)):
        raise ValidationError(_("A name has at least a letter or a digit."))


if TYPE_CHECKING:
    CharField = models.CharField[str, str]
else:
    CharField = models.CharField


class NameField(CharField):
    """The name or title of a thing, which `validate_name` checks everywhere. In migrations it is
    a CharField."""

    default_validators = [validate_name]

    def deconstruct(self) -> tuple[str, str, Sequence[object], dict[str, object]]:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs


def validate_past_day(value: date) -> None:
    """A day that has come, from 1900 on."""
    if value.year < FIRST_YEAR or value > timezone.localdate():
        raise ValidationError(_("This date must be in the past, and not before 1900."))
