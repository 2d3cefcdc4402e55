"""The Celery app of the tests: the project's jobs, which beat sends every two seconds, and one in whose midst a worker
can be killed. For `celery -A shs.core.tests.worker`."""

import os
import time
from datetime import timedelta
from pathlib import Path

from shs.celery import app
from shs.core.due.broker import schedule
from shs.core.due.registry import due
from shs.tests import clock

clock.follow()

MARK = Path(os.environ["SHS_TEST_MARK"])


@due("slow", every=timedelta(minutes=1), label="A job that takes an hour at first")
def slow(*, now, dry_run=False):
    """Writes down which process has begun it; the first does not come to its end."""
    is_first = not MARK.exists()
    with MARK.open("a") as file:
        file.write(f"{os.getpid()}\n")
    if is_first:
        time.sleep(3600)
    return 7


app.conf.beat_schedule = schedule(timedelta(seconds=2))
for entry in app.conf.beat_schedule.values():
    entry["options"]["expires"] = 120  # on a busy machine a worker comes to a message later than the next is sent
