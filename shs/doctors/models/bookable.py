"""What follows when it changes whether a doctor can be booked."""

from collections.abc import Callable
from datetime import datetime

Follow = Callable[[int, datetime], None]
_following: list[Follow] = []


def when_bookable_changes(do: Follow) -> Follow:
    """Register `do(doctor, now)` of a later app, with the key of the doctor: it is called in the transaction in which
    the doctor can be booked, or no longer, and after the change."""
    _following.append(do)
    return do


def bookable_changed(doctor: int, now: datetime) -> None:
    """Do what follows. Call it in the transaction of the change."""
    for do in _following:
        do(doctor, now)
