"""The registry of jobs and queues, which apps register in their `tasks.py`."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from django.utils.module_loading import autodiscover_modules

from shs.core.labels import Label


class Work(Protocol):
    """A job's function: does what is due at `now` (aware) and returns the number of processed rows. It must be safe to
    run twice at the same time and again at once. With `dry_run` it only counts."""

    def __call__(self, *, now: datetime, dry_run: bool = False) -> int: ...


class Job(NamedTuple):
    """A job, due when `every` has passed since it last began. `label` describes it for people. `out_of` counts the rows
    that it could change at all: a run that would change an unusual share of them waits for an admin (see clock.py)."""

    name: str
    every: timedelta
    label: Label
    work: Work
    out_of: Callable[[], int] | None = None


class Waiting(NamedTuple):
    """The length of a queue, and since when its oldest item has been due (None if it is empty)."""

    length: int
    oldest: datetime | None


class Counting(Protocol):
    """A queue's function: its backlog at `now` (aware)."""

    def __call__(self, *, now: datetime) -> Waiting: ...


class Queue(NamedTuple):
    """A queue of waiting work; `label` describes it for people."""

    name: str
    label: Label
    waiting: Counting


_jobs: dict[str, Job] = {}
_queues: dict[str, Queue] = {}


def due(
    name: str, *, every: timedelta, label: Label, out_of: Callable[[], int] | None = None
) -> Callable[[Work], Work]:
    """Decorator: register a function of an app's `tasks.py` as a job."""

    def register(work: Work) -> Work:
        _jobs[name] = Job(name, every, label, work, out_of)
        return work

    return register


def queue(name: str, *, label: Label) -> Callable[[Counting], Counting]:
    """Decorator: register a function of an app's `tasks.py` that counts a queue for the System page."""

    def register(waiting: Counting) -> Counting:
        _queues[name] = Queue(name, label, waiting)
        return waiting

    return register


def jobs() -> dict[str, Job]:
    """All jobs by name, in the order of the apps."""
    autodiscover_modules("tasks")
    return _jobs


def queues() -> dict[str, Queue]:
    """All queues by name, in the order of the apps."""
    autodiscover_modules("tasks")
    return _queues
