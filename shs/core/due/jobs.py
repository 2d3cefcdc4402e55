"""Runs one job: in one process at a time, with a record of each run."""

import logging
import os
import socket
import threading
import traceback
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from types import TracebackType

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.db.models import F

from shs.core.context import current
from shs.core.due.clock import is_future, is_running, why_held
from shs.core.due.models import JobLease, JobRun
from shs.core.due.registry import Job
from shs.core.errors import Refused

log = logging.getLogger("shs.due")
EARLY = 0.9
"""A job counts as due slightly before its time: a timer of one minute sometimes fires early, and would otherwise miss
every second run."""
BROKEN_OFF = "The process ended before the work did"


class Busy(Exception):
    """Another process is running this job; its lease lasts until `until`."""

    def __init__(self, until: datetime):
        super().__init__(until)
        self.until = until


def run(
    job: Job, *, now: datetime, by_id: int | None = None, is_asked: bool = False, by_person: bool = False
) -> JobRun | None:
    """Run `job` if it is due, or at once if requested, which does not change when it is due next; returns the finished
    run, or None if it was not due or is held (see clock.py). A run requested by a person (`by_person`; `by_id` is their
    user id, if logged in) is not held. Errors of the job are recorded and logged, not raised. Raises Busy if another
    process is running it."""
    is_asked = is_asked or by_person
    if not by_person and _waits(job, now, is_asked):
        return None
    holder = _take(job, now, is_asked)
    if holder is None:
        return None
    attempt, began = Attempt(job), monotonic()
    try:
        with attempt, _renewed(job, holder):
            attempt.count = job.work(now=now)
    finally:
        ended = now + timedelta(seconds=monotonic() - began)
        done = _record(holder, attempt, by_id, now, ended)
    return done


def is_due(job: Job, began_at: datetime | None, now: datetime) -> bool:
    """Whether a job that last began at `began_at` is due."""
    return began_at is None or is_future(began_at, now) or began_at + job.every * EARLY <= now


def _waits(job: Job, now: datetime, is_asked: bool) -> bool:
    """Whether a job that is due, or requested by code, must wait for an admin; stores why."""
    lease = JobLease.objects.filter(name=job.name).first()
    if not is_asked and lease is not None and not lease.holder and not is_due(job, lease.began_at, now):
        return False
    held = why_held(job, now)
    if held != (lease.held if lease else ""):
        JobLease.objects.update_or_create(name=job.name, defaults={"held": held})
        if held:
            log.error("Due work waits for a person: %s: %s", job.name, held)
    return bool(held)


class Attempt:
    """Catches errors of the job; KeyboardInterrupt and SystemExit pass."""

    def __init__(self, job: Job):
        self.job, self.count, self.error = job, 0, ""

    def __enter__(self) -> None:
        # A job acts for no user, also if it runs after a user's request.
        self.context = current.set(None)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        current.reset(self.context)
        if error is None:
            return False
        self.error = words_of(error) if isinstance(error, Exception) else BROKEN_OFF
        log.error("Due work failed: %s: %s", self.job.name, self.error)
        return isinstance(error, Exception)


def words_of(error: BaseException) -> str:
    """The error's class and its place in our code. The message is included only for our own errors and the system's: a
    database's message repeats stored values, a mail server's the address."""
    told = str(error) if isinstance(error, Refused) else getattr(error, "strerror", None) or ""
    lines = [(Path(frame.filename), frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    ours = [(path, line) for path, line in lines if path.is_relative_to(settings.BASE_DIR / "shs")]
    where = f"{ours[-1][0].relative_to(settings.BASE_DIR)}:{ours[-1][1]}" if ours else ""
    return ", ".join(part for part in (type(error).__name__, told, where) if part)[:255]


def _take(job: Job, now: datetime, is_asked: bool) -> str | None:
    """Take the lease of `job`, which ends when it is returned or has not been renewed for DUE_LEASE_SECONDS; None if
    the job is not due. The lease of a killed process expires, and the next process records that its run was
    interrupted."""
    with transaction.atomic():
        lease, _new = JobLease.objects.select_for_update().get_or_create(name=job.name)
        length = timedelta(seconds=settings.DUE_LEASE_SECONDS)
        if lease.expires_at and is_running(lease, now):
            raise Busy(lease.expires_at)
        due = is_due(job, lease.began_at, now)
        if not (is_asked or lease.holder or due):
            return None
        if lease.holder and lease.expires_at:
            last_seen = lease.expires_at - length
            JobRun.objects.create(name=job.name, started_at=last_seen, finished_at=last_seen, error=BROKEN_OFF)
        # A job requested before it is due keeps its schedule.
        lease.began_at = now if due else lease.began_at
        lease.holder, lease.expires_at, lease.held = uuid.uuid4().hex, now + length, ""
        lease.save()
    return lease.holder


@contextmanager
def _renewed(job: Job, holder: str) -> Iterator[None]:
    """Renew the lease in a daemon thread while the job runs."""
    stop, step = threading.Event(), settings.DUE_LEASE_SECONDS / 3

    def renew() -> None:
        while not stop.wait(step):
            try:
                lease = JobLease.objects.filter(name=job.name, holder=holder)
                lease.update(expires_at=F("expires_at") + timedelta(seconds=step))
            except (DatabaseError, InterfaceError) as error:
                log.warning("The lease of %s was not renewed: %s", job.name, type(error).__name__)
            finally:
                connection.close()

    threading.Thread(target=renew, daemon=True, name=f"lease-{job.name}").start()
    try:
        yield
    finally:
        stop.set()


def _record(holder: str, attempt: Attempt, by_id: int | None, began: datetime, ended: datetime) -> JobRun:
    """Record the run and release the lease."""
    name = attempt.job.name
    with transaction.atomic():
        done = JobRun.objects.create(
            name=name,
            started_at=began,
            finished_at=ended,
            count=attempt.count,
            error=attempt.error,
            place=f"{socket.gethostname()[:80]}:{os.getpid()}",
            by_id=by_id,
        )
        JobLease.objects.filter(name=name, holder=holder).update(holder="", expires_at=None)
    return done
