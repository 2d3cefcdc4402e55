"""One run of the seed. See shs/users/seeding.py for what an app adds to it."""

from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, TypeVar, cast

Found = TypeVar("Found")


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
    _known: dict[Hashable, object] = field(default_factory=dict)

    def once(self, read: Callable[["Demo"], Found]) -> Found:
        """The result of `read`, remembered for this run."""
        if read not in self._known:
            self._known[read] = read(self)
        return cast(Found, self._known[read])
