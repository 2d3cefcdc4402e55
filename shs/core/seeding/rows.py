"""What an app adds to the demo, and what it is told."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")


class Size(NamedTuple):
    """How much of everything; `days` are counted around today."""

    doctors: int = 40
    patients: int = 300
    days: int = 60


@dataclass
class Demo:
    """One run of the seed: the same `seed` and `now` make the same rows. `made` counts them by kind."""

    size: Size
    seed: int
    now: datetime
    say: Callable[[str], None]
    made: Counter[str] = field(default_factory=Counter)
    _known: dict[Any, Any] = field(default_factory=dict)

    def once(self, read: Callable[["Demo"], T]) -> T:
        """What `read` finds, read once in this run."""
        if read not in self._known:
            self._known[read] = read(self)
        return self._known[read]


@dataclass
class Portion:
    """Some hundred patients, in the order of their numbers, and what the apps have found or made for them."""

    patients: list[Any]
    _known: dict[Any, Any] = field(default_factory=dict)

    def once(self, read: Callable[["Portion"], T]) -> T:
        """What `read` finds, read once for these patients."""
        if read not in self._known:
            self._known[read] = read(self)
        return self._known[read]

    def keep(self, model: type, rows: list[Any]) -> None:
        """Remember the rows of `model` that were made for these patients in this run."""
        self._known[model] = rows

    def new(self, model: type) -> list[Any]:
        """The rows of `model` that an app before this one has made for these patients in this run."""
        return self._known.get(model, [])


class DemoRows:
    """What an app adds to the demo; its module `demo` lists them as `rows`. They add what is missing, and change
    nothing that is there. First every app adds what stands by itself, in the order of SHS_APPS; then, some hundred
    patients at a time, what is about patients; and then what needs all of that."""

    def add(self, demo: Demo) -> None:
        """Add what stands by itself."""

    def add_for(self, portion: Portion, demo: Demo) -> None:
        """Add what is about the patients of `portion`."""

    def finish(self, demo: Demo) -> None:
        """Add what needs the rows of all apps."""
