"""Due work: what happens by the clock and not by a request. An app names its own in `tasks.py`, and `shs.core.jobs`
runs it."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple, Protocol

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.module_loading import autodiscover_modules


class Work(Protocol):
    """Does what is due at `now` (aware); how much that was. Safe when two run at once, and when run again at once.
    With `dry_run` it only counts."""

    def __call__(self, *, now: datetime, dry_run: bool = False) -> int: ...


class Job(NamedTuple):
    """One kind of due work: it runs when `every` has passed since it last began. `label` tells people what it does.
    `at_once` is the short form of the work, for the process of a request that asks for it."""

    name: str
    every: timedelta
    label: Any
    work: Work
    at_once: Work


class Waiting(NamedTuple):
    """How much waits in a queue, and since when the oldest of it has been due; None where nothing waits."""

    length: int
    oldest: datetime | None


class Counting(Protocol):
    """What waits at `now` (aware)."""

    def __call__(self, *, now: datetime) -> Waiting: ...


class Queue(NamedTuple):
    """Something that waits to be worked off; `label` names it for people."""

    name: str
    label: Any
    waiting: Counting


_jobs: dict[str, Job] = {}
_queues: dict[str, Queue] = {}


def due(name: str, *, every: timedelta, label: Any, at_once: Work | None = None) -> Callable[[Work], Work]:
    """Let a function of an app's `tasks.py` run by the clock."""

    def register(work: Work) -> Work:
        _jobs[name] = Job(name, every, label, work, at_once or work)
        return work

    return register


def queue(name: str, *, label: Any) -> Callable[[Counting], Counting]:
    """Let the System page show what waits, as a function of an app's `tasks.py` counts it."""

    def register(waiting: Counting) -> Counting:
        _queues[name] = Queue(name, label, waiting)
        return waiting

    return register


def jobs() -> dict[str, Job]:
    """Every kind of due work by name, in the order of the apps."""
    autodiscover_modules("tasks")
    return _jobs


def queues() -> dict[str, Queue]:
    """Every queue by name, in the order of the apps."""
    autodiscover_modules("tasks")
    return _queues


class Kept:
    """Keeps the first error of what stands inside, and lets the work go on; not that the process is to end."""

    error: Exception | None = None

    def __enter__(self) -> None: ...

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> bool:
        if isinstance(error, Exception):
            self.error = self.error or error
        return isinstance(error, Exception)


def one_by_one(rows: models.QuerySet, step: Callable[[Any], object]) -> int:
    """Take `step` on each of `rows` in a transaction of its own; on how many. Each is asked for again under its lock:
    one that another process has at hand, or that is no longer among `rows`, is left out. A row at which `step` fails
    does not keep the others waiting: its error is raised after the last."""
    done, kept = 0, Kept()
    for pk in list(rows.values_list("pk", flat=True)):
        with kept, transaction.atomic():
            row = rows.select_for_update(skip_locked=True, of=("self",)).filter(pk=pk).first()
            if row is not None:
                step(row)
                done += 1
    if kept.error:
        raise kept.error
    return done


_asked = threading.local()
"""The jobs that this thread has asked for and not run yet."""


def soon(name: str) -> None:
    """Run a job once the present transaction is stored, and not at all if it is undone: by Celery where there is a
    broker, else in this thread. A failure is recorded and not raised. Asked for many times, it runs once."""
    _asked.__dict__.setdefault("names", set()).add(name)
    # Each time anew: what was registered in a savepoint that is undone would be lost for those who come after.
    transaction.on_commit(partial(_run_asked, name), robust=True)


def _run_asked(name: str) -> None:
    if name not in _asked.names:
        return
    _asked.names.discard(name)
    if settings.CELERY_BROKER_URL:
        from shs.core.broker import send  # Celery is loaded only where there is a broker

        send(name)
        return
    from shs.core.jobs import Busy, run  # it runs what stands here

    job = jobs()[name]
    try:
        run(job._replace(work=job.at_once), now=timezone.now(), is_asked=True)
    except Busy:
        return  # the other process is at it, or the next one comes by the clock
