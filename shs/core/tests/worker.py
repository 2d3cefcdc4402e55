"""The Celery app of the tests: the project's jobs, sent by beat every two seconds, and a slow job during which a worker
can be killed. Start it with `celery -A shs.core.tests.worker`."""

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
HANGS = int(os.environ.get("SHS_TEST_HANGS", "1"))


@due("slow", every=timedelta(minutes=1), label="A job that takes an hour at first")
def slow(*, now, dry_run=False):
    """Writes the id of its process; the first HANGS never finish."""
    with MARK.open("a") as file:
        file.write(f"{os.getpid()}\n")
    if len(MARK.read_text().splitlines()) <= HANGS:
        time.sleep(3600)
    return 7


app.conf.beat_schedule = schedule(timedelta(seconds=2))
for entry in app.conf.beat_schedule.values():
    entry["options"]["expires"] = 120  # on a busy machine a worker may get a message after the next one was sent
