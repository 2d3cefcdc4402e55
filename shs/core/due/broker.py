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
    """The job has failed, which is recorded; Celery retries it."""


def backoff_seconds(retries: int) -> int:
    """Seconds until the next try: 10, doubled each time, at most 300."""
    return min(int(10 * 2**retries), 300)


@app.task(name="run_job", bind=True, max_retries=RETRIES)
def run_job(task: Task, name: str, is_asked: bool = False, by_id: int | None = None) -> None:
    """Celery task: run one job if it is due, or at once. It is retried with growing pauses after a failure, and if
    another worker was running a job that was requested at once. A scheduled job is not retried while another worker
    runs it, since it comes again."""
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
    """Ask the workers to run a job at once; returns whether the broker took the message. Without a broker it runs at
    its next scheduled time."""
    try:
        run_job.delay(name, is_asked=True, by_id=by_id)
    except OperationalError as error:
        log.warning("The broker is away, %s waits for its time: %s", name, type(error).__name__)
        return False
    return True


def schedule(most: timedelta = KNOCK) -> dict[str, dict[str, object]]:
    """The beat schedule: each job at its interval, and a rare job more often than it is due. The database knows when it
    last ran, so a beat that lost its state skips none. A message expires when the next one is sent."""
    return {
        job.name: {
            "task": run_job.name,
            "schedule": min(job.every, most),
            "args": [job.name],
            "options": {"expires": min(job.every, most).total_seconds()},
        }
        for job in jobs().values()
    }
