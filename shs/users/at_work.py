"""What follows when it changes whether somebody can work: they are suspended, get another role, or have died."""

from collections.abc import Callable
from datetime import datetime

from shs.users.models import User

Follow = Callable[[User, datetime], None]
_following: list[Follow] = []


def when_work_changes(do: Follow) -> Follow:
    """Register `do(user, now)` of a later app: it is called in the transaction of the change, after it."""
    _following.append(do)
    return do


def work_changed(user: User, now: datetime) -> None:
    """Do what follows. Call it in the transaction of the change."""
    for do in _following:
        do(user, now)
