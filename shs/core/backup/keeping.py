"""Which backups in a folder are kept: all of the last day, and the newest of each of seven days, five weeks and twelve
months."""

import re
from collections.abc import Callable, Hashable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

NAME = re.compile(r"shs-(\d{8}T\d{6}Z)\.backup")
STAMP = "%Y%m%dT%H%M%SZ"
PART = ".part"
DAY = timedelta(days=1)
"""Younger ones are all kept. What was begun and is not finished after a day was left by a process that ended."""

DAILY, WEEKLY, MONTHLY = 7, 5, 12
PERIODS: tuple[tuple[int, Callable[[datetime], Hashable]], ...] = (
    (DAILY, lambda at: at.date()),
    (WEEKLY, lambda at: at.isocalendar()[:2]),
    (MONTHLY, lambda at: (at.year, at.month)),
)


def name_of(taken_at: datetime) -> str:
    """The file name of a backup."""
    return f"shs-{taken_at.astimezone(UTC).strftime(STAMP)}.backup"


def moment_of(file: Path) -> datetime | None:
    """The time of a backup by its file name; None for other files."""
    found = NAME.fullmatch(file.name)
    return datetime.strptime(found[1], STAMP).replace(tzinfo=UTC) if found else None


def kept(moments: Iterable[datetime], *, now: datetime) -> set[datetime]:
    """The times of the backups to keep: all of the last day, and the newest of each of the last days, weeks and months
    (in UTC) that have one."""
    ordered = sorted(moments, reverse=True)
    found = {at for at in ordered if at > now - DAY}
    for most, period in PERIODS:
        newest: dict[Hashable, datetime] = {}
        for at in ordered:
            newest.setdefault(period(at), at)
        found |= set(list(newest.values())[:most])
    return found


def clean(folder: Path, *, now: datetime) -> int:
    """Delete backups in `folder` that are no longer kept, and old unfinished files; returns their number. Other files
    are not touched."""
    moments = {at: file for file in folder.iterdir() if (at := moment_of(file))}
    old = [file for at, file in moments.items() if at not in kept(moments, now=now)]
    left = [file for file in folder.glob(f"shs-*{PART}") if file.stat().st_mtime < (now - DAY).timestamp()]
    for file in (*old, *left):
        file.unlink(missing_ok=True)
    return len(old) + len(left)
