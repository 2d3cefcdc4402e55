"""Working days of the office that verifies."""

from datetime import datetime, time, timedelta

from django.utils import timezone

WEEKEND = (4, 5)
"""Friday and Saturday, as in Bangladesh."""
DUE_DAYS, LATE_DAYS = 3, 5
"""From how many working days on somebody who waits is due, and late."""


def working_days_between(start: datetime, end: datetime) -> int:
    """The working days that have begun after the day of `start`, up to the day of `end`, in the clinic's zone."""
    first, last = timezone.localdate(start), timezone.localdate(end)
    whole, rest = divmod((last - first).days, 7)
    days = (first + timedelta(days=whole * 7 + at + 1) for at in range(rest))
    return max(0, whole * 5 + sum(day.weekday() not in WEEKEND for day in days))


def working_days_before(end: datetime, days: int) -> datetime:
    """The instant before which something must have begun for `days` working days to lie between: the midnight in the
    clinic's zone that ends the last such day."""
    day = timezone.localdate(end)
    while days:
        days -= day.weekday() not in WEEKEND
        day -= timedelta(days=1)
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
