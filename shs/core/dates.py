"""Formats dates and times for people, in the active language and the clinic's time zone: `28 Nov 2026`, `28 Nov 2026,
20:45`, `Sat 28 Nov 2026`. Templates use the same formats by `|date:"DATETIME_FORMAT"`. Programs get ISO 8601. Dates
that people write are read as day/month/year or ISO, with digits of any script, and never with the month first."""

import re
from datetime import UTC, date, datetime, time

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _

from shs.core.digits import latin_digits


def read_date(text: str) -> date:
    """The date that `text` means: `28/11/2026`, `28-11-2026`, `28.11.2026` or `2026-11-28`, with digits of any script.
    Raises ValidationError with a sentence."""
    plain = latin_digits(text[:40]).strip()
    iso = re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", plain)
    day_first = re.fullmatch(r"([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{4})", plain)
    try:
        if iso:
            return date(int(iso[1]), int(iso[2]), int(iso[3]))
        if day_first:
            return date(int(day_first[4]), int(day_first[3]), int(day_first[1]))
    except ValueError:
        pass
    raise ValidationError(_("Write the date as day/month/year, for example 28/11/2026."), code="invalid")


def read_time(text: str) -> time:
    """The time of day that `text` means: `18:20`, `18.20`, `6:20 pm`, `6 PM`, with digits of any script. Raises
    ValidationError with a sentence."""
    plain = latin_digits(text[:40]).strip().lower().replace(".m.", "m")
    found = re.fullmatch(r"([0-9]{1,2})(?:[:.]([0-9]{2})(?::00)?)?\s*(am|pm)?", plain)
    if found and (found[2] or found[3]):
        hour, minute = int(found[1]), int(found[2] or 0)
        if found[3]:
            hour = hour % 12 + (12 if found[3] == "pm" else 0) if 1 <= hour <= 12 else 99
        if hour < 24 and minute < 60:
            return time(hour, minute)
    raise ValidationError(_("Write the time as hours and minutes, for example 18:20 or 6:20 pm."), code="invalid")


def input_date(value: date) -> str:
    """A date as forms show it for editing: `28/11/2026`."""
    return f"{value:%d/%m/%Y}"


def show_date(value: date | datetime) -> str:
    """`28 Nov 2026`."""
    return date_format(_local(value), "DATE_FORMAT")


def show_datetime(value: datetime) -> str:
    """`28 Nov 2026, 20:45`."""
    return date_format(_local(value), "DATETIME_FORMAT")


def show_time(value: datetime) -> str:
    """`20:45`."""
    return date_format(_local(value), "TIME_FORMAT")


def show_weekday(value: date | datetime) -> str:
    """`Sat 28 Nov 2026`."""
    return date_format(_local(value), "WEEKDAY_DATE_FORMAT")


def shown(value: date | datetime | time) -> str:
    """Format a date, an instant or a time of day."""
    if isinstance(value, time):
        return time_format(value, "TIME_FORMAT")
    return show_datetime(value) if isinstance(value, datetime) else show_date(value)


def midnight(day: date) -> datetime:
    """The start of a day in the clinic's time zone (aware)."""
    return timezone.make_aware(datetime.combine(day, time.min))


def instant(value: str | datetime) -> datetime:
    """An instant as a database or its JSON returns it, aware: SQLite stores text in UTC, without a zone."""
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _local(value: date | datetime) -> date | datetime:
    return timezone.localtime(value) if isinstance(value, datetime) and timezone.is_aware(value) else value
