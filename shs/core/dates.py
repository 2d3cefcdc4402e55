"""Formats dates and times for people, in the active language and the clinic's time zone: `28 Nov 2026`, `28 Nov 2026,
20:45`, `Sat 28 Nov 2026`. Templates use the same formats by `|date:"DATETIME_FORMAT"`. Programs get ISO 8601."""

from datetime import date, datetime, time

from django.utils import timezone
from django.utils.formats import date_format, time_format


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


def _local(value: date | datetime) -> date | datetime:
    return timezone.localtime(value) if isinstance(value, datetime) and timezone.is_aware(value) else value
