"""What the demo rows of all apps have to do with accounts; see shs/core/seeding for the other tools."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar, cast

from django.conf import settings
from django.db.models import Model, QuerySet

from shs.core.seeding.marks import DOMAIN, number_of
from shs.core.seeding.rows import Demo
from shs.users.models import User

Found = TypeVar("Found")
Row = TypeVar("Row", bound=Model)


@dataclass
class Portion:
    """Some hundred patients by number, and rows that apps have read or created for them."""

    patients: list[User]
    _known: dict[Hashable, object] = field(default_factory=dict)

    def once(self, read: Callable[["Portion"], Found]) -> Found:
        """The result of `read`, remembered for these patients."""
        if read not in self._known:
            self._known[read] = read(self)
        return cast(Found, self._known[read])

    def keep(self, model: type[Row], rows: Sequence[Row]) -> None:
        """Remember the rows of `model` that this run has created for these patients."""
        self._known[model] = list(rows)

    def new(self, model: type[Row]) -> list[Row]:
        """The rows of `model` that an earlier app has created for these patients in this run."""
        return cast("list[Row]", self._known.get(model, []))


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


def made_users() -> QuerySet[User]:
    """The people of the seed, also if their address was changed later."""
    return User.objects.exclude(demo_name="")


def may_log_in(user: User) -> bool:
    """False for an account of the demo on a server for other people (`settings.DEMO_ACCOUNTS` is off)."""
    if settings.DEMO_ACCOUNTS:
        return True
    return not user.is_demo and not (user.email or "").endswith(f"@{DOMAIN}")


def numbered(kind: str) -> QuerySet[User]:
    """The seed's doctors or patients: `doctor1`, `doctor2` and so on."""
    return made_users().filter(demo_name__regex=f"^{kind}[0-9]+$")


def account(who: str) -> User:
    """The account of the demo's `who`, also if its address was changed later."""
    return User.objects.filter(demo_name=who).latest("pk")


def missing(kind: str, count: int) -> list[int]:
    """The numbers from 1 to `count` that never had a person of this kind; deleted ones are not created again."""
    ever = User.history.filter(demo_name__regex=f"^{kind}[0-9]+$")
    there = {number_of(name) for name in ever.values_list("demo_name", flat=True).distinct()}
    return [number for number in range(1, count + 1) if number not in there]
