"""Due work on several machines: the same jobs, sent through Celery where CELERY_BROKER_URL is set."""

import logging
import threading
from concurrent.futures import Future
from datetime import timedelta
from queue import SimpleQueue
from time import monotonic

from celery import Celery, Task
from django.conf import settings
from django.utils import timezone

from shs.core.due.jobs import Busy, run
from shs.core.due.registry import jobs

log = logging.getLogger("shs.due")

app = Celery("shs", set_as_current=False)
app.config_from_object("django.conf:settings", namespace="CELERY")

PATIENCE_SECONDS = 0.5
"""How long a person waits to hear whether the broker has taken a message."""

AWAY_SECONDS = 5
"""How long nothing is sent after the broker has not taken a message."""

CONNECTING = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}
"""How a message is sent: to a broker that is away once more at once, and then not at all."""

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
        done = run(jobs()[name], now=timezone.now(), is_asked=is_asked, by_id=by_id, by_person=by_id is not None)
    except Busy as busy:
        if is_asked:
            raise task.retry(exc=busy, **again) from None
        return
    if done and done.error:
        raise task.retry(exc=JobFailed(done.error), **again)


class Publisher:
    """Gives messages to the broker in a thread of its own: no request waits for a broker that is slow, hangs or cannot
    be reached. What it does not take is dropped, because every job also runs at its scheduled time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queue: SimpleQueue[tuple[str, int | None]] = SimpleQueue()
        self._waiting: dict[tuple[str, int | None], Future[bool]] = {}
        self._thread: threading.Thread | None = None
        self._busy_since: float | None = None
        self._away_until = 0.0

    def put(self, name: str, by_id: int | None) -> Future[bool]:
        """Whether the broker takes the message, known later; False at once while the broker hangs or is away. A
        message that waits already is not sent twice."""
        with self._lock:
            hangs = self._busy_since is not None and monotonic() - self._busy_since > PATIENCE_SECONDS
            if hangs or monotonic() < self._away_until:
                refused: Future[bool] = Future()
                refused.set_result(False)
                return refused
            if (name, by_id) not in self._waiting:
                self._waiting[name, by_id] = Future()
                self._queue.put((name, by_id))
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)
                self._thread.start()
            return self._waiting[name, by_id]

    def _run(self) -> None:
        while True:
            name, by_id = self._queue.get()
            with self._lock:
                self._busy_since = monotonic()
            is_taken = _published(name, by_id)
            with self._lock:
                self._busy_since = None
                self._away_until = 0.0 if is_taken else monotonic() + AWAY_SECONDS
                self._waiting.pop((name, by_id)).set_result(is_taken)


def _published(name: str, by_id: int | None) -> bool:
    """Whether the broker has accepted the message. Its own error message may contain its password and is not logged."""
    options = {**app.conf.broker_transport_options, **CONNECTING}
    if settings.CELERY_BROKER_URL.startswith("redis"):
        options |= {"socket_timeout": PATIENCE_SECONDS, "socket_connect_timeout": PATIENCE_SECONDS}
    else:
        options |= {"read_timeout": PATIENCE_SECONDS, "write_timeout": PATIENCE_SECONDS}
    try:
        with app.connection_for_write(
            settings.CELERY_BROKER_URL, connect_timeout=PATIENCE_SECONDS, transport_options=options
        ) as line:
            run_job.apply_async((name,), {"is_asked": True, "by_id": by_id}, connection=line, retry=False)
    except Exception as error:  # kombu and its clients raise many different exceptions
        log.warning("The broker does not take messages, %s waits for its time: %s", name, type(error).__name__)
        return False
    return True


_publisher = Publisher()


def publish(name: str) -> None:
    """Ask the workers to run a job at once. Returns immediately; if the broker does not take the message, the job runs
    at its next scheduled time."""
    _publisher.put(name, None)


def send(name: str, *, by_id: int) -> bool:
    """As `publish`, but waits up to PATIENCE_SECONDS; returns whether the broker has accepted the message."""
    try:
        return _publisher.put(name, by_id).result(timeout=PATIENCE_SECONDS)
    except TimeoutError:
        return False


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
