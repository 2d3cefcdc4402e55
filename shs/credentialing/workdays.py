"""Working days of the verification office."""

from datetime import datetime, timedelta

from django.utils import timezone

from shs.core.dates import midnight

WEEKEND = (4, 5)
"""Friday and Saturday, as in Bangladesh."""
DUE_DAYS, LATE_DAYS = 3, 5
"""Number of working days after which a waiting case is due, and late."""


def working_days_between(start: datetime, end: datetime) -> int:
    """The number of working days after the day of `start` up to and including the day of `end`, in the clinic's
    zone."""
    first, last = timezone.localdate(start), timezone.localdate(end)
    whole, rest = divmod((last - first).days, 7)
    days = (first + timedelta(days=whole * 7 + at + 1) for at in range(rest))
    return max(0, whole * 5 + sum(day.weekday() not in WEEKEND for day in days))


def working_days_before(end: datetime, days: int) -> datetime:
    """The instant before which a case must have started to have waited `days` working days by now: a midnight in the
    clinic's zone."""
    day = timezone.localdate(end)
    while days:
        days -= day.weekday() not in WEEKEND
        day -= timedelta(days=1)
    return midnight(day + timedelta(days=1))
