"""Counts requests by account and by internet address, and refuses those over the limits of `settings.LIMITS`."""

from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from shs.core.context import counted_address, request_address
from shs.core.errors import TooMany
from shs.core.limits.models import LimitCount

HOUR_SECONDS = 3600


class Limit(NamedTuple):
    """The most requests in an hour by one account, and from one internet address; 0: not counted."""

    account: int
    address: int


def limit_of(name: str) -> Limit:
    """The limit `name` of the settings. Raises LookupError if there is none."""
    return Limit(*settings.LIMITS[name][:2])


def count(name: str, *, account: int | None = None, instead: str = "", now: datetime) -> None:
    """Count a request that is limited by `name`, for `account` and for the address of the present request, or for what
    is known of it `instead` of the address. Raises TooMany (429) over a limit, with the seconds until the next full
    hour. One statement."""
    most = limit_of(name)
    keys = {f"account:{account}": most.account} if account and most.account else {}
    address = counted_address(request_address())
    if most.address and (instead or address):
        keys[instead or f"address:{address}"] = most.address
    hour, passed = divmod(int(now.timestamp()), HOUR_SECONDS)
    if any(number > keys[key] for key, number in _add(name, sorted(keys), hour)):
        raise TooMany(_("Too many requests. Please try again later."), retry_after=HOUR_SECONDS - passed)


def _add(name: str, keys: list[str], hour: int) -> list[tuple[str, int]]:
    """Add one to each count; returns each key with its new count. Sorted keys are locked in one order."""
    if not keys:
        return []
    table = connection.ops.quote_name(LimitCount._meta.db_table)
    rows = ", ".join(["(%s, %s, %s, 1)"] * len(keys))
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO {table} (name, "key", hour, count) VALUES {rows} '  # noqa: S608  (only our own names)
            f'ON CONFLICT (name, "key", hour) DO UPDATE SET count = {table}.count + 1 RETURNING "key", count',
            [value for key in keys for value in (name, key, hour)],
        )
        return [(str(key), int(number)) for key, number in cursor.fetchall()]


def forget(*, now: datetime, dry_run: bool = False) -> int:
    """Delete the counts of past hours; returns their number."""
    past = LimitCount.objects.filter(hour__lt=int(now.timestamp()) // HOUR_SECONDS)
    return past.count() if dry_run else past.delete()[0]
