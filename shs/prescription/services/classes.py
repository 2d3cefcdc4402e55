"""Medicines of one class: the same group of ATC level 4, or a relation that is listed with its source."""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from django.utils.translation import gettext as _

from shs.prescription.services.rules import CODE, Interaction, Together, exceptions, interactions, together
from shs.prescription.services.substances import Substance

LEVEL_4 = 5
"""The characters of an ATC code that tell its chemical subgroup."""


class Pair(NamedTuple):
    """A rule that two medicines break."""

    rule: str
    stops: bool
    text: str


def of_one_class(one: Substance, other: Substance) -> Iterator[Pair]:
    """The rules by which two medicines without a common generic belong to one class."""
    if one.same_as(other):
        return
    found = [relation for relation in together() if _related(one, other, relation)]
    for relation in found:
        text = _("%(one)s and %(other)s: %(effect)s %(todo)s (%(source)s, %(year)s)") % {
            "one": one.name,
            "other": other.name,
            "effect": relation.effect.shown,
            "todo": relation.todo.shown,
            "source": relation.source,
            "year": relation.year,
        }
        yield Pair(f"same_class:{relation.id}", relation.stops, text)
    if not found and (group := _shared_group(one, other)):
        text = _("%(one)s and %(other)s belong to one class (ATC %(group)s).") % {
            "one": one.name,
            "other": other.name,
            "group": group,
        }
        yield Pair(f"same_class:{group}", False, text)


def _related(one: Substance, other: Substance, relation: Together) -> bool:
    return any(
        any(code.startswith(relation.first) for code in first.codes)
        and any(code.startswith(relation.second) for code in second.codes)
        for first, second in ((one, other), (other, one))
    )


def _shared_group(one: Substance, other: Substance) -> str:
    groups = [{code[:LEVEL_4] for code in line.codes if len(code) > LEVEL_4} for line in (one, other)]
    shared = sorted(
        group
        for group in groups[0] & groups[1]
        if group[-1] != "X" and not any(group.startswith(left) for left in exceptions())
    )
    return shared[0] if shared else ""


def interacting(one: Substance, other: Substance) -> Iterator[Pair]:
    """The interactions of two medicines. One of low priority is told if nothing else is."""
    found = [rule for rule in interactions() if _meets(one, other, rule)]
    is_told = any(not rule.is_low for rule in found) or any(_related(one, other, rule) for rule in together())
    for rule in found:
        if not (rule.is_low and is_told):
            text = _("%(one)s and %(other)s: %(mechanism)s %(todo)s (%(source)s, %(year)s)") % {
                "one": one.name,
                "other": other.name,
                "mechanism": rule.mechanism.shown or _("They must not be combined; the mechanism is not reviewed."),
                "todo": rule.todo.shown,
                "source": rule.source,
                "year": rule.year,
            }
            yield Pair(f"interaction:{rule.id}", rule.severity == "severe", text)


def _meets(one: Substance, other: Substance, rule: Interaction) -> bool:
    if one.generics and one.generics == other.generics:
        return False
    return any(
        is_among(first, rule.first) and is_among(second, rule.second, besides=first.generics)
        for first, second in ((one, other), (other, one))
    )


def is_among(substance: Substance, members: frozenset[str], besides: frozenset[str] = frozenset()) -> bool:
    """Whether a medicine is one of `members`: by its generic name (other than `besides`), or by the beginning of its
    ATC code."""
    if substance.generics & members - besides:
        return True
    codes = _codes(members)
    return bool(codes) and any(code.startswith(codes) for code in substance.codes)


@lru_cache(maxsize=4096)
def _codes(members: frozenset[str]) -> tuple[str, ...]:
    return tuple(member for member in members if CODE.match(member))
