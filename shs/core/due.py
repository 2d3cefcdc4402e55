"""Due work: what happens by the clock and not by a request. An app names its own in `tasks.py`."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

from django.utils.module_loading import autodiscover_modules


class Work(Protocol):
    """Does what is due at `now` (aware); how much that was. Safe when two run at once, and when run again at once.
    With `dry_run` it only counts."""

    def __call__(self, *, now: datetime, dry_run: bool = False) -> int: ...


class Job(NamedTuple):
    """One kind of due work: it runs when `every` has passed since it last began. `label` tells people what it does."""

    name: str
    every: timedelta
    label: Any
    work: Work


_jobs: dict[str, Job] = {}


def due(name: str, *, every: timedelta, label: Any) -> Callable[[Work], Work]:
    """Let a function of an app's `tasks.py` run by the clock."""

    def register(work: Work) -> Work:
        _jobs[name] = Job(name, every, label, work)
        return work

    return register


def jobs() -> dict[str, Job]:
    """Every kind of due work by name, in the order of the apps."""
    autodiscover_modules("tasks")
    return _jobs
