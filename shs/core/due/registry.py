"""Due work: what runs by the clock and not in a request. An app registers its jobs and queues in its `tasks.py`."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from django.utils.module_loading import autodiscover_modules

from shs.core.labels import Label


class Work(Protocol):
    """Does what is due at `now` (aware); how much that was. Safe when two run at once, and when run again at once.
    With `dry_run` it only counts."""

    def __call__(self, *, now: datetime, dry_run: bool = False) -> int: ...


class Job(NamedTuple):
    """One kind of due work: it runs when `every` has passed since it last began. `label` tells people what it does.
    `at_once` is the short form of the work, for the process of a request that asks for it."""

    name: str
    every: timedelta
    label: Label
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
    label: Label
    waiting: Counting


_jobs: dict[str, Job] = {}
_queues: dict[str, Queue] = {}


def due(name: str, *, every: timedelta, label: Label, at_once: Work | None = None) -> Callable[[Work], Work]:
    """Let a function of an app's `tasks.py` run by the clock."""

    def register(work: Work) -> Work:
        _jobs[name] = Job(name, every, label, work, at_once or work)
        return work

    return register


def queue(name: str, *, label: Label) -> Callable[[Counting], Counting]:
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
