"""What an app adds to the demo, and what it is told."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")


class Size(NamedTuple):
    """The size of the network; `days` are centred on today."""

    doctors: int = 40
    patients: int = 300
    days: int = 60


@dataclass
class Demo:
    """One run of the seed; the same `seed` and `now` create the same rows. `made` counts new rows by kind."""

    size: Size
    seed: int
    now: datetime
    say: Callable[[str], None]
    made: Counter[str] = field(default_factory=Counter)
    _known: dict[Any, Any] = field(default_factory=dict)

    def once(self, read: Callable[["Demo"], T]) -> T:
        """The result of `read`, remembered for this run."""
        if read not in self._known:
            self._known[read] = read(self)
        return self._known[read]


@dataclass
class Portion:
    """Some hundred patients by number, and rows that apps have read or created for them."""

    patients: list[Any]
    _known: dict[Any, Any] = field(default_factory=dict)

    def once(self, read: Callable[["Portion"], T]) -> T:
        """The result of `read`, remembered for these patients."""
        if read not in self._known:
            self._known[read] = read(self)
        return self._known[read]

    def keep(self, model: type, rows: list[Any]) -> None:
        """Remember the rows of `model` that this run has created for these patients."""
        self._known[model] = rows

    def new(self, model: type) -> list[Any]:
        """The rows of `model` that an earlier app has created for these patients in this run."""
        return self._known.get(model, [])


class DemoRows:
    """The demo rows of an app; its module `demo` lists instances as `rows`. They add missing rows and change no
    existing ones. All apps run in the order of SHS_APPS: first `add`, then `add_for` with some hundred patients at a
    time, then `finish`."""

    def add(self, demo: Demo) -> None:
        """Add rows that do not depend on patients."""

    def add_for(self, portion: Portion, demo: Demo) -> None:
        """Add rows about the patients of `portion`."""

    def finish(self, demo: Demo) -> None:
        """Add rows that need those of all apps."""
