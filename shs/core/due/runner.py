"""Runs all due jobs, in a process of its own or in a thread beside a server."""

import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from time import monotonic
from types import FrameType
from typing import NamedTuple

from django.db import DatabaseError, InterfaceError, close_old_connections
from django.utils import timezone

from shs.core.due.bell import Asked, listening
from shs.core.due.jobs import Attempt, Busy, is_due, run
from shs.core.due.models import JobLease
from shs.core.due.registry import Job, jobs

log = logging.getLogger("shs.due")

AGAIN_SECONDS = 1
"""After which time a job is tried again that was asked for while another process ran it."""


class Outcome(NamedTuple):
    """The outcome of one job; `done` is None if another process is running it."""

    job: Job
    done: int | None
    error: str = ""

    def __str__(self) -> str:
        if self.error:
            return f"{self.job.name}: failed: {self.error}"
        return f"{self.job.name}: {'runs elsewhere' if self.done is None else self.done}"


def run_due(*, clock: Callable[[], datetime], only: str = "", dry_run: bool = False) -> Iterator[Outcome]:
    """Run each due job, one after the other; with `only`, run that job whether or not it is due. With `dry_run` only
    count."""
    began = dict(JobLease.objects.values_list("name", "began_at"))
    held = set(JobLease.objects.exclude(holder="").values_list("name", flat=True))
    for job in list(jobs().values()):
        if only and job.name != only:
            continue
        if not only and job.name not in held and not is_due(job, began.get(job.name), clock()):
            continue
        outcome = _counted(job, clock()) if dry_run else _outcome(job, clock(), by_person=bool(only))
        if outcome is not None:
            yield outcome


def _counted(job: Job, now: datetime) -> Outcome:
    attempt = Attempt(job)
    with attempt:
        attempt.count = job.work(now=now, dry_run=True)
    return Outcome(job, attempt.count, attempt.error)


def _outcome(
    job: Job, now: datetime, *, is_asked: bool = False, by_person: bool = False, by_id: int | None = None
) -> Outcome | None:
    try:
        done = run(job, now=now, is_asked=is_asked, by_person=by_person, by_id=by_id)
    except Busy:
        return Outcome(job, None)
    return Outcome(job, done.count, done.error) if done else None


def run_once(
    *, clock: Callable[[], datetime], say: Callable[[str], object], only: str = "", dry_run: bool = False
) -> list[str]:
    """Run all due jobs once and print a line for each; returns the names of failed ones."""
    failed = []
    for outcome in run_due(clock=clock, only=only, dry_run=dry_run):
        say(str(outcome))
        if outcome.error:
            failed.append(outcome.job.name)
    return failed


def keep_running(
    *,
    every: float,
    stop: threading.Event,
    say: Callable[[str], object],
    only: str = "",
    pause: float = 0,
    is_quiet: bool = False,
) -> None:
    """Run due jobs every `every` seconds, first after `pause`, and requested jobs at once, until `stop` is set; a
    running job is finished. With `is_quiet`, jobs that did nothing are not printed."""
    next_at, asked = monotonic() + pause, set[Asked]()
    with listening() as bell:
        while not stop.is_set():
            left = max(0.0, next_at - monotonic())
            asked |= bell.wait(min(left, AGAIN_SECONDS) if asked else left, stop)
            outcomes: Iterator[Outcome] = _run_asked(asked)
            if monotonic() >= next_at:
                next_at = monotonic() + max(every, 1)
                outcomes = run_due(clock=timezone.now, only=only)
            _work(outcomes, stop, say, is_quiet)


def _work(outcomes: Iterator[Outcome], stop: threading.Event, say: Callable[[str], object], is_quiet: bool) -> None:
    """Run the jobs of `outcomes` until `stop` is set; if the database is unreachable, only this pass ends."""
    try:
        while not stop.is_set() and (outcome := next(outcomes, None)) is not None:
            if outcome.done or outcome.error or not is_quiet:
                say(str(outcome))
    except (DatabaseError, InterfaceError) as error:
        log.error("Due work waits for the database: %s", type(error).__name__)
    finally:
        close_old_connections()


def _run_asked(asked: set[Asked]) -> Iterator[Outcome]:
    """Run the jobs in `asked` and remove them; one that another process is running stays for later."""
    for each in list(asked):
        job, person = jobs().get(each.name), each.by_id
        outcome = None
        if job is not None:
            outcome = _outcome(job, timezone.now(), is_asked=True, by_person=person is not None, by_id=person)
        if outcome is None or outcome.done is not None:
            asked.discard(each)
            if outcome is not None:
                yield outcome


def stop_on_signals() -> threading.Event:
    """Context manager: an event that is set by SIGTERM and SIGINT; a second signal ends the process at once."""
    stop = threading.Event()

    def ask(number: int, frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        stop.set()

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
    return stop


def start_beside(*, every: float, pause: float) -> Callable[[], None]:
    """Run due jobs in a daemon thread of this process; returns a function that stops it after the current job."""
    stack = ExitStack()
    stack.enter_context(beside(every=every, pause=pause))
    return stack.close


@contextmanager
def beside(*, every: float, pause: float) -> Iterator[None]:
    """Context manager: run due jobs in a daemon thread while the block runs."""
    stop = threading.Event()

    def work() -> None:
        keep_running(every=every, pause=pause, stop=stop, say=log.info, is_quiet=True)

    worker = threading.Thread(target=work, daemon=True, name="due-work")
    worker.start()
    try:
        yield
    finally:
        stop.set()
        worker.join(timeout=10)
