"""Runs due work: one process at a time for each job, each run recorded, a failing job no hindrance to the others."""

import logging
import os
import signal
import socket
import threading
import traceback
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple

from django.conf import settings
from django.db import DatabaseError, InterfaceError, close_old_connections, connection, transaction
from django.db.models import F, OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from shs.core.context import current
from shs.core.due import Job, jobs
from shs.core.errors import Refused
from shs.core.models import JobLease, JobRun

log = logging.getLogger("shs.due")

EARLY = 0.9
"""A clock that knocks every minute knocks a little early now and then: that counts as due, or each second knock would
be in vain."""

BROKEN_OFF = "The process ended before the work did"


class Busy(Exception):
    """Another process runs this job; it is believed to live until `until`."""

    def __init__(self, until: datetime):
        super().__init__(until)
        self.until = until


class Outcome(NamedTuple):
    """What became of one job: `done` is None where another process is at it."""

    job: Job
    done: int | None
    error: str = ""

    def __str__(self) -> str:
        if self.error:
            return f"{self.job.name}: failed: {self.error}"
        return f"{self.job.name}: {'runs elsewhere' if self.done is None else self.done}"


# --- One job ---------------------------------------------------------------------------------------------------------


def run(job: Job, *, now: datetime, by_id: int | None = None, is_asked: bool = False) -> JobRun | None:
    """Run `job` where it is due, or at once where it is asked for (`by_id`: the id of the user who did), which changes
    nothing of when it is due; the finished run, or None where it is not due.

    An error of the work is recorded and logged, and not raised. Raises Busy where another process runs it.
    """
    holder = _take(job, now, is_asked)
    if holder is None:
        return None
    attempt, began = _Attempt(job), monotonic()
    try:
        with attempt, _renewed(job, holder):
            attempt.count = job.work(now=now)
    finally:
        ended = now + timedelta(seconds=monotonic() - began)
        done = _record(job, holder, attempt, started_at=now, finished_at=ended, by_id=by_id)
    return done


def is_due(job: Job, began_at: datetime | None, now: datetime) -> bool:
    """Whether it is time to run a job that last began at `began_at`."""
    return began_at is None or began_at + job.every * EARLY <= now


class _Attempt:
    """Keeps an error of the work from whoever runs it; that the process is to end goes on."""

    def __init__(self, job: Job):
        self.job, self.count, self.error = job, 0, ""

    def __enter__(self) -> None:
        # What a job changes, nobody has asked for: least of all the user whose request it runs after.
        self.context = current.set(None)

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> bool:
        current.reset(self.context)
        if error is None:
            return False
        self.error = words_of(error) if isinstance(error, Exception) else BROKEN_OFF
        log.error("Due work failed: %s: %s", self.job.name, self.error)
        return isinstance(error, Exception)


def words_of(error: BaseException) -> str:
    """The class of an error and where in our code it was raised. Its message only where it is ours or the system's: a
    database's repeats what was to be stored, a mail server's to whom."""
    told = str(error) if isinstance(error, Refused) else getattr(error, "strerror", None) or ""
    lines = [(Path(frame.filename), frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    ours = [(path, line) for path, line in lines if path.is_relative_to(settings.BASE_DIR / "shs")]
    where = f"{ours[-1][0].relative_to(settings.BASE_DIR)}:{ours[-1][1]}" if ours else ""
    return ", ".join(part for part in (type(error).__name__, told, where) if part)[:255]


def _take(job: Job, now: datetime, is_asked: bool) -> str | None:
    """The right to run `job` alone, until it is given back or has not been renewed for DUE_LEASE_SECONDS; None where it
    is not due. A process that was killed gives nothing back: who comes after it writes down that it broke off."""
    with transaction.atomic():
        lease, _new = JobLease.objects.select_for_update().get_or_create(name=job.name)
        if lease.holder and lease.expires_at and lease.expires_at > now:
            raise Busy(lease.expires_at)
        due = is_due(job, lease.began_at, now)
        if not (is_asked or lease.holder or due):
            return None
        length = timedelta(seconds=settings.DUE_LEASE_SECONDS)
        if lease.holder and lease.expires_at:
            last_seen = lease.expires_at - length
            JobRun.objects.create(name=job.name, started_at=last_seen, finished_at=last_seen, error=BROKEN_OFF)
        # What requests ask for is the short form of the work: the whole of it keeps its time.
        lease.began_at = now if due else lease.began_at
        lease.holder, lease.expires_at = uuid.uuid4().hex, now + length
        lease.save()
    return lease.holder


@contextmanager
def _renewed(job: Job, holder: str) -> Iterator[None]:
    """Renew the lease while the work inside takes longer; the thread that does it dies with the process."""
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


def _record(job: Job, holder: str, attempt: _Attempt, **fields: Any) -> JobRun:
    """Write the run down, and give the right to run back."""
    with transaction.atomic():
        place = f"{socket.gethostname()[:80]}:{os.getpid()}"
        done = JobRun.objects.create(name=job.name, count=attempt.count, error=attempt.error, place=place, **fields)
        JobLease.objects.filter(name=job.name, holder=holder).update(holder="", expires_at=None)
    return done


# --- All of them -----------------------------------------------------------------------------------------------------


def run_due(*, clock: Callable[[], datetime], only: str = "", dry_run: bool = False) -> Iterator[Outcome]:
    """Run each job that is due, one after the other; with `only` that one, due or not. `dry_run` counts what there is
    to do, and does nothing."""
    began = dict(JobLease.objects.values_list("name", "began_at"))
    held = set(JobLease.objects.exclude(holder="").values_list("name", flat=True))
    for job in list(jobs().values()):
        if only and job.name != only:
            continue
        if not only and job.name not in held and not is_due(job, began.get(job.name), clock()):
            continue
        outcome = _counted(job, clock()) if dry_run else _outcome(job, clock(), is_asked=bool(only))
        if outcome is not None:
            yield outcome


def _counted(job: Job, now: datetime) -> Outcome:
    attempt = _Attempt(job)
    with attempt:
        attempt.count = job.work(now=now, dry_run=True)
    return Outcome(job, attempt.count, attempt.error)


def _outcome(job: Job, now: datetime, is_asked: bool) -> Outcome | None:
    try:
        done = run(job, now=now, is_asked=is_asked)
    except Busy:
        return Outcome(job, None)
    return Outcome(job, done.count, done.error) if done else None


def run_once(
    *, clock: Callable[[], datetime], say: Callable[[str], object], only: str = "", dry_run: bool = False
) -> list[str]:
    """Run what is due, and say a line a job; the names of those that failed."""
    failed = []
    for outcome in run_due(clock=clock, only=only, dry_run=dry_run):
        say(str(outcome))
        if outcome.error:
            failed.append(outcome.job.name)
    return failed


def keep_running(
    *, every: float, stop: threading.Event, say: Callable[[str], object], only: str = "", pause: float = 0
) -> None:
    """Run what is due every so many seconds, first after `pause`, until `stop` is set; the job at hand is finished."""
    while not stop.wait(pause):
        try:
            for outcome in run_due(clock=timezone.now, only=only):
                say(str(outcome))
                if stop.is_set():
                    break
        except (DatabaseError, InterfaceError) as error:
            log.error("Due work waits for the database: %s", type(error).__name__)
        finally:
            close_old_connections()
        pause = max(every, 1)


def stop_on_signals() -> threading.Event:
    """An event that SIGTERM and SIGINT set. A second signal ends the process at once."""
    stop = threading.Event()

    def ask(number: int, frame: Any) -> None:
        signal.signal(number, signal.SIG_DFL)
        stop.set()

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
    return stop


# --- How it stands ---------------------------------------------------------------------------------------------------

STILL = timedelta(minutes=10)
"""Work that should have begun so long ago is late; then somebody has to look after the clock."""


class Standing(NamedTuple):
    """How one job stands: its last run, and when the next is due (None: it never began)."""

    job: Job
    last: JobRun | None
    next_at: datetime | None
    is_running: bool
    is_late: bool


def standings(now: datetime) -> list[Standing]:
    """How every job stands at `now`, in the order of the apps. Two queries."""
    newest = JobRun.objects.filter(name=OuterRef("name")).order_by("-started_at").values("pk")[:1]
    leases = {lease.name: lease for lease in JobLease.objects.annotate(last=Subquery(newest))}
    runs = JobRun.objects.select_related("by").in_bulk([lease.last for lease in leases.values() if lease.last])
    found = []
    for job in jobs().values():
        lease = leases.get(job.name)
        next_at = lease.began_at + job.every if lease and lease.began_at else None
        is_running = bool(lease and lease.holder and lease.expires_at and lease.expires_at > now)
        is_late = next_at is not None and next_at + STILL <= now and not is_running
        found.append(Standing(job, runs.get(getattr(lease, "last", None)), next_at, is_running, is_late))
    return found


def stands_still(found: list[Standing]) -> str:
    """Why due work needs somebody, in words; empty where all is on time."""
    if all(standing.next_at is None for standing in found):
        return str(_("It has never run."))
    if any(standing.is_late for standing in found):
        return str(_("It has stood still for ten minutes."))
    return ""


# --- Beside a server -------------------------------------------------------------------------------------------------


@contextmanager
def beside(*, every: float, pause: float) -> Iterator[None]:
    """Run due work in a thread beside what stands inside, and end with it: a thread outlives no process, however that
    is ended."""
    stop = threading.Event()
    options: dict[str, Any] = {"every": every, "pause": pause, "stop": stop, "say": log.info}
    worker = threading.Thread(target=keep_running, kwargs=options, daemon=True, name="due-work")
    worker.start()
    try:
        yield
    finally:
        stop.set()
        worker.join(timeout=10)
