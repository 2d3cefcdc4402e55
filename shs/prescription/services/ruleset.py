"""The rules about one medicine: its doses, and cautions by pregnancy, breast-feeding, kidneys, liver and age. Read once
from the files in `rules/`; `manage.py check` refuses one without a source."""

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from django.utils.translation import gettext as _

from shs.prescription.services.classes import is_among
from shs.prescription.services.files import Words, read, rows, tables, texts, words
from shs.prescription.services.rules import SEVERITIES, interactions
from shs.prescription.services.sources import Source, sources
from shs.prescription.services.substances import Substance

PREGNANCY, BREASTFEEDING, KIDNEY, LIVER, OLD = "pregnancy", "breastfeeding", "kidney", "liver", "old"
FILES = {PREGNANCY: "conditions", BREASTFEEDING: "conditions", KIDNEY: "organs", LIVER: "organs", OLD: "organs"}
AVOID, ALLOWED = "avoid", "allowed"
LEVELS = (AVOID, "caution", "reduce", ALLOWED)
WAYS = ("mouth", "injection")


class DoseLimit(NamedTuple):
    """The most of a generic for ages from `from_years` to below `to_years`, in mg and mg/kg; 0: none is given. It
    `is_most`: the source says that there must not be more, not only that it lists no more."""

    generic: str
    way: str
    from_years: float
    to_years: float
    once: float
    day: float
    once_kg: float
    day_kg: float
    is_most: bool
    source: Source


class Caution(NamedTuple):
    """What a source says of the medicines `of` in one condition. `below`: for kidneys, this eGFR in mL/min/1.73 m²."""

    id: str
    of: frozenset[str]
    level: str
    why: Words
    source: Source
    below: int = 0


@cache
def doses() -> dict[str, tuple[DoseLimit, ...]]:
    """Generic → its limits."""
    found: dict[str, list[DoseLimit]] = {}
    for generic, way, *numbers, kind, source in rows(read("doses"), "doses"):
        since, until, once, day, once_kg, day_kg = (float(str(number)) for number in numbers)
        named = str(generic), str(way), since, until
        limit = DoseLimit(*named, once, day, once_kg, day_kg, kind == "max", sources()[str(source)])
        found.setdefault(limit.generic, []).append(limit)
    return {generic: tuple(limits) for generic, limits in found.items()}


@cache
def cautions(kind: str) -> tuple[Caution, ...]:
    """The rules for one condition, the strictest first."""
    found = [
        Caution(
            str(row["id"]),
            frozenset(texts(row["of"])),
            str(row.get("level", "caution")),
            words(row, "why"),
            sources()[str(row["source"])],
            int(str(row.get("below", 0))),
        )
        for row in tables(read(FILES[kind]), kind)
    ]
    return tuple(sorted(found, key=lambda rule: (LEVELS.index(rule.level), rule.below)))


@cache
def weekly() -> dict[str, Source]:
    """Generics that are taken once a week at most, each with its source."""
    return {str(generic): sources()[str(source)] for generic, source in rows(read("doses"), "weekly")}


@cache
def youngest() -> dict[str, tuple[float, Source]]:
    """Generic → the youngest age in years at which the source gives it."""
    return {
        str(generic): (float(str(years)), sources()[str(source)])
        for generic, years, source in rows(read("youngest"), "youngest")
    }


def rules_for(substance: Substance, kind: str) -> list[Caution]:
    """The rules of a kind that name this medicine, the strictest first."""
    return [rule for rule in cautions(kind) if is_among(substance, rule.of)]


def review_of_pairs() -> str:
    """Whether clinicians reviewed the interactions, as a sentence."""
    if all(pair.is_reviewed for pair in interactions()):
        return _("The rules are reviewed.")
    return _("The rules are not reviewed by a clinician.")


def faults() -> Iterator[str]:
    """What is wrong with the rules, in sentences."""
    try:
        limits = [limit for of_one in doses().values() for limit in of_one]
        kinds = {kind: cautions(kind) for kind in FILES}
        pairs, ages = interactions(), youngest()
    except (KeyError, TypeError, ValueError) as error:
        yield f"A rule has no source that sources.toml knows, or is not complete: {error!r}"
        return
    for limit in limits:
        if limit.way not in WAYS or not any(limit[4:8]) or not 0 <= limit.from_years < limit.to_years:
            yield f"The dose of {limit.generic} from {limit.from_years} years has no limit, or an unknown way or age."
    for kind, rules in kinds.items():
        yield from (f"{kind}: {rule.id} is without an explanation." for rule in rules if not rule.why.en)
        yield from (f"kidney: {rule.id} is without an eGFR." for rule in rules if kind == KIDNEY and not rule.below)
    for pair in pairs:
        if pair.severity not in SEVERITIES or not pair.source or not pair.year or not pair.todo.en:
            yield f"interaction: {pair.id} is without a source, a severity, or what to do."
    yield from (f"{name}: the youngest age is not above 0." for name, (years, _source) in ages.items() if years <= 0)
