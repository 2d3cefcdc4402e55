"""Due work on several machines: the same jobs, sent through Celery where CELERY_BROKER_URL is set."""

import logging
from datetime import timedelta

from celery import Celery, Task
from django.utils import timezone
from kombu.exceptions import OperationalError

from shs.core.due.jobs import Busy, run
from shs.core.due.registry import jobs

log = logging.getLogger("shs.due")

app = Celery("shs", set_as_current=False)
app.config_from_object("django.conf:settings", namespace="CELERY")

RETRIES = 6
KNOCK = timedelta(minutes=5)


class JobFailed(Exception):
    """The job is recorded as failed; it is tried again."""


def backoff_seconds(retries: int) -> int:
    """How long to wait before the next try: 10 s, doubled each time, at most five minutes."""
    return min(int(10 * 2**retries), 300)


@app.task(name="run_job", bind=True, max_retries=RETRIES)
def run_job(task: Task, name: str, is_asked: bool = False, by_id: int | None = None) -> None:
    """Run one job: where it is due, or at once. After a failure it is tried again with growing pauses, and so is what
    was asked for while another worker had the job at hand; what comes by the clock comes again."""
    again = {"kwargs": {"is_asked": True, "by_id": by_id}, "countdown": backoff_seconds(task.request.retries)}
    try:
        done = run(jobs()[name], now=timezone.now(), is_asked=is_asked, by_id=by_id)
    except Busy as busy:
        if is_asked:
            raise task.retry(exc=busy, **again) from None
        return
    if done and done.error:
        raise task.retry(exc=JobFailed(done.error), **again)


def send(name: str, *, by_id: int | None = None) -> bool:
    """Ask the workers to run a job at once; whether they will hear of it. Where the broker is away, it runs by the
    clock."""
    try:
        run_job.delay(name, is_asked=True, by_id=by_id)
    except OperationalError as error:
        log.warning("The broker is away, %s waits for its time: %s", name, type(error).__name__)
        return False
    return True


def schedule(most: timedelta = KNOCK) -> dict[str, dict[str, object]]:
    """What beat sends: each job in its time, and a rare one more often than it is due. The database knows when it last
    ran, so that a beat that lost its notes forgets none. What no worker took in that time has been sent again."""
    return {
        job.name: {
            "task": run_job.name,
            "schedule": min(job.every, most),
            "args": [job.name],
            "options": {"expires": min(job.every, most).total_seconds()},
        }
        for job in jobs().values()
    }
