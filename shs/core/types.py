"""Bounded input types for all In-schemas: values that pass can be stored on both databases."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated

from annotated_types import GroupedMetadata, MaxLen, MinLen
from django.urls import register_converter
from ninja import Schema
from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

MAX_ID = 2**63 - 1
FIRST_YEAR, LAST_YEAR = 1900, 2100


class In(Schema):
    """Base of In-schemas; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


def clean_text(value: str) -> str:
    """`value` in NFC, stripped; refuses NUL, other control characters and lone surrogates."""
    try:
        value.encode()
    except UnicodeEncodeError:
        raise PydanticCustomError("text", "This text holds a character that is not valid.") from None
    value = unicodedata.normalize("NFC", value).strip()
    if any(unicodedata.category(letter) == "Cc" and letter not in "\n\r\t" for letter in value):
        raise PydanticCustomError("text", "This text holds a control character.")
    return value


def clean_email(value: str) -> str:
    """The normalised e-mail address as it is stored: NFKC, stripped, case-folded."""
    return unicodedata.normalize("NFKC", value).strip().casefold()


def _checked_email(value: str) -> str:
    from django.core.exceptions import ValidationError
    from django.core.validators import validate_email

    value = clean_email(clean_text(value))
    try:
        validate_email(value)
    except ValidationError:
        raise PydanticCustomError("email", "This is not an e-mail address.") from None
    if not value.partition("@")[0].isascii() or len(value) > 254:
        raise PydanticCustomError("email", "This is not an e-mail address that can be used here.")
    return value


def _strictly_a_date(value: object) -> object:
    if (isinstance(value, str) and len(value) == 10) or isinstance(value, date):
        return value
    raise PydanticCustomError("date", "Write the date as YYYY-MM-DD.")


def _within_reach(value: date) -> date:
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise PydanticCustomError("date", f"The year must be between {FIRST_YEAR} and {LAST_YEAR}.")
    return value


def _strictly_a_time(value: object) -> object:
    if isinstance(value, time):
        return value
    if isinstance(value, str) and len(value) in (5, 8):
        return value
    raise PydanticCustomError("time", "Write the time as HH:MM.")


def _whole_minutes(value: time) -> time:
    if value.second or value.microsecond or value.tzinfo:
        raise PydanticCustomError("time", "Write the time as HH:MM, in the clinic's time zone.")
    return value


def _aware(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise PydanticCustomError("instant", "Write the instant with its offset, such as 2026-11-25T09:00:00+06:00.")
    _within_reach(value.date())
    return value


@dataclass(frozen=True)
class Text(GroupedMetadata):
    """As in `Annotated[str, Text(100)]`: a text of at most `most` and, after stripping, at least `least` characters."""

    most: int
    least: int = 0

    def __iter__(self) -> Iterator[object]:
        yield MaxLen(self.most)
        yield AfterValidator(clean_text)
        yield MinLen(self.least)


Id = Annotated[int, Field(ge=1, le=MAX_ID, strict=True)]
Name = Annotated[str, Text(150, least=1)]
Line = Annotated[str, Text(255)]
Paragraph = Annotated[str, Text(2000)]
Email = Annotated[str, Field(max_length=254), AfterValidator(_checked_email)]
Password = Annotated[str, Field(min_length=1, max_length=128)]
Money = Annotated[Decimal, Field(ge=0, max_digits=10, decimal_places=2, allow_inf_nan=False)]
Day = Annotated[date, BeforeValidator(_strictly_a_date), AfterValidator(_within_reach)]
Clock = Annotated[time, BeforeValidator(_strictly_a_time), AfterValidator(_whole_minutes)]
Instant = Annotated[datetime, AfterValidator(_aware)]
Page = Annotated[int, Field(ge=1, le=10_000)]
PageSize = Annotated[int, Field(ge=1, le=100)]


class IdConverter:
    """`{id:pk}` in a path: an id that the database can hold; anything else is a 404."""

    regex = "[0-9]{1,19}"

    def to_python(self, value: str) -> int:
        pk = int(value)
        if not 1 <= pk <= MAX_ID:
            raise ValueError(value)
        return pk

    def to_url(self, value: int) -> str:
        return str(value)


register_converter(IdConverter, "id")
