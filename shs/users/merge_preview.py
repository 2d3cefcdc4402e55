"""What merging two rows of one person would do: the rows that refer to the dropped one, what must be decided first, and
what differs."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.utils.translation import gettext as _

from shs.core.counts import counts
from shs.core.errors import StepRefused
from shs.core.records.references import Link
from shs.users.merge_rules import Bars, Moves, Obstacle, Pair, Question, Settled, Stays, parts, rules
from shs.users.models import User


class Counted(NamedTuple):
    """How many rows refer to the dropped person by one link, and whether they move."""

    link: Link
    number: int
    moves: bool

    @property
    def name(self) -> str:
        """The plural name of the rows, and by what they refer to the person."""
        options = self.link.model._meta
        return f"{options.verbose_name_plural} ({self.link.field.verbose_name})"


class Preview(NamedTuple):
    """What a merge would do: the rows that refer to the dropped person, what must be decided first, what differs, and
    what who decides should know."""

    pair: Pair
    rows: list[Counted]
    obstacles: list[Obstacle]
    questions: list[Question]
    told: list[str]

    @property
    def moved(self) -> list[Counted]:
        return [row for row in self.rows if row.moves]

    @property
    def staying(self) -> list[Counted]:
        return [row for row in self.rows if not row.moves]


def preview(kept: User, dropped: User, now: datetime) -> Preview:
    """What merging `dropped` into `kept` would do."""
    pair = Pair(kept, dropped, now)
    return Preview(pair, _counted(dropped), obstacles(pair), questions(pair), [str(one) for one in _told(pair)])


def obstacles(pair: Pair) -> list[Obstacle]:
    """Why the two are not merged, or not yet."""
    found = [Obstacle(sentence) for sentence in _unfit(pair)]
    if found:
        return found
    for rule in rules():
        if isinstance(rule, Bars) and rule.link.to(pair.dropped).exists():
            found.append(Obstacle(rule.sentence))
    return found + [one for part in parts() for one in part.obstacles(pair)]


def questions(pair: Pair) -> list[Question]:
    """What differs, and is decided with the request."""
    settled = certain(pair)
    return [one for part in parts() for one in part.questions(pair) if one.key not in settled]


def certain(pair: Pair) -> set[str]:
    """The keys of questions that are not asked: only the kept person's value can be right."""
    return {key for part in parts() for key in part.certain(pair)}


def _told(pair: Pair) -> Iterable[object]:
    if pair.dropped.has_login and pair.kept.has_login:
        yield _(
            "Both have a login. Each owner has to agree in the app; the login of the kept one stays, the other one "
            "ends."
        )
    for part in parts():
        yield from part.told(pair)


def _unfit(pair: Pair) -> Iterable[str]:
    kept, dropped = pair.kept, pair.dropped
    if kept.pk == dropped.pk:
        yield _("This is one and the same number.")
    elif kept.is_merged or dropped.is_merged:
        yield _("One of the two was merged in the meantime.")
    elif not dropped.is_patient:
        yield _("The account of a member of staff is never merged into another one: swap the two.")
    elif not kept.is_patient_somewhere:
        yield _("Only patients are merged, and staff who are patients too.")
    elif not (kept.is_active and dropped.is_active):
        yield _("One of the two is suspended. Reinstate them first, or leave them apart.")
    elif kept.is_dead != dropped.is_dead:
        yield _("One of the two has died. Note it for both, or undo the note, before they are merged.")
    elif dropped.has_login and not kept.has_login:
        yield _("Only this person has a login, and logins are never moved: swap the two.")
    elif kept.is_demo != dropped.is_demo:
        yield _("One of the two is a demo person.")


def _counted(dropped: User) -> list[Counted]:
    """What refers to the dropped person, in one query."""
    kinds = (Moves, Settled, Stays)
    asked = {
        str(at): rule
        for at, rule in enumerate(rules())
        if isinstance(rule, kinds) and getattr(rule.model, "privacy", None) is not None
    }
    numbers = counts({at: rule.link.to(dropped) for at, rule in asked.items()}, exact=asked)
    return [Counted(rule.link, numbers[at], not isinstance(rule, Stays)) for at, rule in asked.items() if numbers[at]]


def require_clear(pair: Pair) -> None:
    """Raises StepRefused (409), which names what must be decided first."""
    found = obstacles(pair)
    if found:
        raise StepRefused(" ".join(str(one.sentence) for one in found[:3]))
