"""The clock of a test run, and of every process that the run starts.

    manage.py test --at 2028-02-29T00:01        the run begins at this time in the clinic's time zone
    manage.py test --at commit                  at one of MOMENTS, chosen by the checked-out commit
    TZ=America/St_Johns manage.py test          on a machine in another time zone than the clinic

The clock continues from there. Only times in the future are accepted, because certificates, cookies and files have the
date of today.
"""

import argparse
import os
import subprocess
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import time_machine
from django.conf import settings
from django.test.runner import ParallelTestSuite
from django.utils import timezone

SHIFT = "SHS_TEST_CLOCK_SHIFT"
"""The environment variable that tells a process how many seconds its clock is ahead of the machine's."""

MOMENTS: dict[str, tuple[Callable[[date], bool], str]] = {
    "Friday night": (lambda day: day.isoweekday() == 5, "23:58"),
    "leap day": (lambda day: (day.month, day.day) == (2, 29), "00:01"),
    "end of the year": (lambda day: (day.month, day.day) == (12, 31), "23:59"),
    "end of the month": (lambda day: (day + timedelta(days=1)).day == 1, "23:58"),
    "Saturday night": (lambda day: day.isoweekday() == 6, "00:01"),
    "Sunday": (lambda day: day.isoweekday() == 7, "18:30"),
    "Monday": (lambda day: day.isoweekday() == 1, "08:00"),
    "Tuesday": (lambda day: day.isoweekday() == 2, "13:30"),
    "Wednesday": (lambda day: day.isoweekday() == 3, "11:00"),
    "Thursday": (lambda day: day.isoweekday() == 4, "06:30"),
}
"""Name → day and time in the clinic's time zone; the next such day is used."""


def moment(text: str) -> datetime:
    """The time given by `--at`. Raises ArgumentTypeError with a message for any other text, and for times in the
    past."""
    if text == "commit":
        return of_commit()
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no moment such as 2028-02-29T00:01, and not commit.") from None
    if found.tzinfo is not None:
        raise argparse.ArgumentTypeError(f"{text!r} names a zone: the moment is meant by the clinic's clock.")
    found = timezone.make_aware(found)
    if found <= timezone.now():
        raise argparse.ArgumentTypeError(f"{text!r} is past: certificates, cookies and files are of today.")
    return found


def upcoming(name: str, today: date) -> datetime:
    """The next of MOMENTS by that name, on a day after `today`."""
    is_meant, at = MOMENTS[name]
    day = today + timedelta(days=1)
    while not is_meant(day):
        day += timedelta(days=1)
    return timezone.make_aware(datetime.fromisoformat(f"{day}T{at}"))


def of_commit() -> datetime:
    """The one of MOMENTS chosen by the checked-out commit; the same for every run on one day."""
    command = ["git", "rev-parse", "HEAD"]
    commit = subprocess.check_output(command, cwd=settings.BASE_DIR, text=True).strip()  # noqa: S603
    names = list(MOMENTS)
    return upcoming(names[int(commit, 16) % len(names)], timezone.localdate())


def machine_time() -> float:
    """The time of the machine's own clock in seconds, even if the run's clock has been moved."""
    hatch = time_machine.escape_hatch
    return hatch.time.time() if hatch.is_travelling() else time.time()


def begin(at: datetime) -> None:
    """Move the clock of this process and its child processes to `at`."""
    os.environ[SHIFT] = str(at.timestamp() - machine_time())
    follow()


def follow(*_arguments: object) -> None:
    """In a child process of a test run: move the clock as the run did, unless it has moved already, as after a fork."""
    if SHIFT in os.environ and not time_machine.escape_hatch.is_travelling():
        time_machine.travel(machine_time() + float(os.environ[SHIFT])).start()


class ParallelSuite(ParallelTestSuite):
    """Also moves the clock of worker processes that are spawned and not forked."""

    process_setup = follow


def keep_machine_zone() -> None:
    """Django sets this process to the clinic's time zone. Restore the machine's zone if `TZ` is set: neither the code
    nor the browser of the tests may depend on it."""
    started = Path("/proc/self/environ")  # the original environment; Django has changed os.environ
    lines = started.read_text().split("\0") if started.exists() else []
    found = dict(line.split("=", 1) for line in lines if "=" in line)
    if zone := found.get("TZ"):
        os.environ["TZ"] = zone
        time.tzset()
