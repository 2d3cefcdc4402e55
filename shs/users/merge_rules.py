"""What happens to each row that refers to a person who is merged: it moves to the kept one, it stays, or it is settled
by a `Part`. Each app lists its rules and parts as `people` in its `merging.py`; `manage.py check` refuses a key to a
person without a rule."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from dataclasses import field as default
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from django.apps import apps
from django.core import checks
from django.db import models
from django.db.models import Q

from shs.core.discovery import collect
from shs.core.labels import Label
from shs.core.records.models import HistoryLine
from shs.core.records.references import Link
from shs.users.models import User


@dataclass(frozen=True)
class Rule:
    """What happens to the rows of `model` that refer to a merged person by `field`."""

    model: type[models.Model]
    field: str

    @property
    def key(self) -> str:
        return f"{self.model._meta.label}.{self.field}"

    @property
    def link(self) -> Link:
        return Link(self.model, self.model._meta.get_field(self.field))


@dataclass(frozen=True)
class Moves(Rule):
    """They refer to the kept person from then on, if they are `only` these; where a person may have only one, the kept
    one's own stays."""

    only: Q = default(default_factory=Q)

    @property
    def link(self) -> Link:
        return Link(self.model, self.model._meta.get_field(self.field), self.only)


@dataclass(frozen=True)
class Stays(Rule):
    """They keep what they say."""

    because: str


@dataclass(frozen=True)
class Settled(Rule):
    """A `Part` of the same app decides, row by row."""

    how: str


@dataclass(frozen=True)
class Bars(Rule):
    """While there is one, the person is not merged into another; `sentence` says why."""

    sentence: Label


class Pair(NamedTuple):
    """Two rows of one person; what refers to `dropped` is re-linked to `kept`."""

    kept: User
    dropped: User
    now: datetime


class Obstacle(NamedTuple):
    """Why two rows are not merged yet, and the row that has to be changed first, if it is one."""

    sentence: Label
    row: models.Model | None = None


KEPT, DROPPED = "kept", "dropped"


class Question(NamedTuple):
    """What differs, and has to be decided: `kept` and `dropped` show both values, `default` is KEPT or DROPPED."""

    key: str
    label: Label
    kept: Label
    dropped: Label
    default: str = KEPT


@dataclass
class Joining:
    """One merge that is being done or undone; `noted` is kept for undoing, in JSON's types."""

    kept: User
    dropped: User
    choices: dict[str, str]
    reason: str
    now: datetime
    by: User
    noted: dict[str, Any] = default(default_factory=dict)

    def takes(self, question: str) -> bool:
        """Whether the value of the dropped person was chosen."""
        return self.choices.get(question) == DROPPED


class Part:
    """What an app does when two people are merged, beside re-linking rows. All methods may be left out."""

    def lock(self, pair: Pair) -> None:
        """Lock what must be locked before the people."""

    def obstacles(self, pair: Pair) -> Iterable[Obstacle]:
        """What must be decided first."""
        return ()

    def questions(self, pair: Pair) -> Iterable[Question]:
        """What differs, and is decided with the request."""
        return ()

    def certain(self, pair: Pair) -> Iterable[str]:
        """The keys of questions that are not asked, because only the kept person's value can be right."""
        return ()

    def told(self, pair: Pair) -> Iterable[Label]:
        """What who decides should know."""
        return ()

    def join(self, joining: Joining) -> None:
        """Do it, before rows are re-linked."""

    def part(self, joining: Joining) -> None:
        """Undo it, after rows were re-linked."""


def moves(model: type[models.Model], *fields: str, only: Q | None = None) -> list[Moves]:
    return [Moves(model, name, only or Q()) for name in fields]


def stays(model: type[models.Model], *fields: str, because: str) -> list[Stays]:
    return [Stays(model, name, because) for name in fields]


def hand_over(rows: "models.QuerySet[Any]", field: str, person: User, joining: Joining) -> list[int]:
    """Let records refer to `person` by `field`, with a line in the history; returns their keys."""
    found = list(rows.select_for_update(of=("self",)).order_by("pk"))
    for row in found:
        setattr(row, field, person)
    if found:
        manager: Any = rows.model._default_manager
        manager.all().update_with_history(found, [field], by=joining.by, reason=joining.reason)
    return [row.pk for row in found]


@cache
def _people() -> tuple[list[Rule], list[Part]]:
    found = collect("merging")
    return [one for one in found if isinstance(one, Rule)], [one for one in found if isinstance(one, Part)]


def rules() -> list[Rule]:
    """The rules of all apps."""
    return _people()[0]


def parts() -> list[Part]:
    """The parts of all apps."""
    return _people()[1]


def moving() -> list[Link]:
    """The links that are re-linked."""
    return [rule.link for rule in rules() if isinstance(rule, Moves)]


def keys_to_people(among: Iterable[type[models.Model]]) -> Iterator[Rule]:
    """Every key to a person of these models, without histories, which keep what they say."""
    for model in among:
        if issubclass(model, HistoryLine) or hasattr(model, "m2m_history_id") or model._meta.auto_created:
            continue
        for column in [*model._meta.local_fields, *model._meta.local_many_to_many]:
            target = column.related_model
            if target is User:
                yield Rule(model, column.name)


def undecided(among: Iterable[type[models.Model]]) -> list[checks.CheckMessage]:
    """An error for each key to a person that no rule names, or more than one."""
    named = [rule.key for rule in rules()]
    return [
        checks.Error(
            f"{rule.key} refers to a person, and nothing says what happens to it when two people are merged.",
            hint=f"Add moves(), stays(), Settled() or Bars() of shs.users.merge_rules for {rule.field!r} to `people` "
            f"in the merging.py of the app, once.",
            obj=rule.model,
            id="shs.E038",
        )
        for rule in keys_to_people(among)
        if named.count(rule.key) != 1
    ]


@checks.register
def every_key_to_a_person_is_decided(**kwargs: object) -> list[checks.CheckMessage]:
    """Every key to a person has one rule for the merging of people."""
    return undecided(apps.get_models())
