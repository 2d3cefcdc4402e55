"""Bounded input types for all In-schemas: values that pass can be stored on both databases."""

import unicodedata
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, TypeVar

from annotated_types import GroupedMetadata, MaxLen, MinLen
from django.core.exceptions import ValidationError
from django.urls import register_converter
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from shs.core.dates import read_date
from shs.core.records.values import tidy, validate_name, validate_past_day, validate_person_name

Value = TypeVar("Value")

MAX_ID = 2**63 - 1
FIRST_YEAR, LAST_YEAR = 1900, 2100


class In(BaseModel):
    """Base of In-schemas; unknown fields are refused. Not derived from ninja's Schema, which reads each value by a call
    in Python."""

    model_config = ConfigDict(extra="forbid")


def by_rule(rule: Callable[[Value], object]) -> Callable[[Value], Value]:
    """A validator of pydantic for a rule of `shs.core.records.values`, which raises Django's ValidationError."""

    def check(value: Value) -> Value:
        try:
            rule(value)
        except ValidationError as error:
            raise PydanticCustomError("value", " ".join(error.messages).replace("{", "{{").replace("}", "}}")) from None
        return value

    return check


def clean_text(value: str) -> str:
    """`value` as `tidy` stores it."""
    by_rule(tidy)(value)
    return tidy(value)


def clean_email(value: str) -> str:
    """The normalised e-mail address as it is stored: NFKC, stripped, case-folded."""
    return unicodedata.normalize("NFKC", value).strip().casefold()


def _checked_email(value: str) -> str:
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
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        with suppress(ValidationError):
            return read_date(value)
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


@dataclass(frozen=True)
class Title(Text):
    """As `Text`, for the name or title of a thing."""

    def __iter__(self) -> Iterator[object]:
        yield from super().__iter__()
        yield AfterValidator(by_rule(validate_name))


Id = Annotated[int, Field(ge=1, le=MAX_ID, strict=True)]
Name = Annotated[str, Title(150, least=1)]
PersonName = Annotated[str, Text(150, least=1), AfterValidator(by_rule(validate_person_name))]
Line = Annotated[str, Text(255)]
Paragraph = Annotated[str, Text(2000)]
Email = Annotated[str, Field(max_length=254), AfterValidator(_checked_email)]
Password = Annotated[str, Field(min_length=1, max_length=128)]
Money = Annotated[Decimal, Field(ge=0, max_digits=10, decimal_places=2, allow_inf_nan=False)]
Day = Annotated[date, BeforeValidator(_strictly_a_date), AfterValidator(_within_reach)]
PastDay = Annotated[Day, AfterValidator(by_rule(validate_past_day))]
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
