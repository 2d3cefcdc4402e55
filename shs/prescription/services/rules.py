"""The rules of the checks, read from the files in `rules/`: names, classes of medicines, and interactions."""

import re
from functools import cache
from typing import NamedTuple

from shs.prescription.services.files import Words, named, read, tables, texts, words
from shs.prescription.services.sources import sources


class Names(NamedTuple):
    """Generic names beyond the catalogue with their ATC codes, other names → the generic one, words of salts, and words
    that stand beside a name."""

    generics: dict[str, str]
    synonyms: dict[str, str]
    salts: frozenset[str]
    beside: frozenset[str]


class DrugClass(NamedTuple):
    """A class as it is named in a recorded allergy; `atc` are the beginnings of the codes of its members."""

    name: str
    words: tuple[str, ...]
    atc: tuple[str, ...]


class CrossReaction(NamedTuple):
    """An allergy to the class `first` may be one to medicines of `second` (beginnings of ATC codes). `likelihood` is
    "raised" or "low"."""

    id: str
    first: str
    second: tuple[str, ...]
    likelihood: str
    because: Words
    source: str
    year: int


class Together(NamedTuple):
    """Two medicines, one of `first` and one of `second` (beginnings of ATC codes), that are not given together."""

    id: str
    name: str
    first: tuple[str, ...]
    second: tuple[str, ...]
    stops: bool
    effect: Words
    todo: Words
    source: str
    year: int


class Interaction(NamedTuple):
    """Two medicines, one of `first` and one of `second`: generic names, or beginnings of ATC codes. One that is
    "severe" stops, one that is "moderate" or "minor" comes with the answer. `mechanism` is empty if none was read. One
    that `is_low` is of the list of pairs that never interrupt."""

    id: str
    first: frozenset[str]
    second: frozenset[str]
    severity: str
    mechanism: Words
    todo: Words
    source: str
    year: int
    is_reviewed: bool = False
    is_low: bool = False


@cache
def names() -> Names:
    """The names of names.toml."""
    file = read("names")
    return Names(
        named(file["generics"]),
        named(file["synonyms"]),
        frozenset(texts(file["salts"])),
        frozenset(texts(file["beside"])),
    )


@cache
def allergy_classes() -> tuple[DrugClass, ...]:
    """The classes that an allergy can name."""
    return tuple(
        DrugClass(str(row["name"]), texts(row["words"]), texts(row["atc"]))
        for row in tables(read("classes"), "allergy_class")
    )


@cache
def cross_reactions() -> tuple[CrossReaction, ...]:
    """Which classes react across, the likelier ones first."""
    return tuple(
        CrossReaction(
            str(row["id"]),
            str(row["first"]),
            texts(row["second"]),
            str(row["likelihood"]),
            words(row, "because"),
            str(row["source"]),
            int(str(row["year"])),
        )
        for row in tables(read("classes"), "cross_reaction")
    )


@cache
def together() -> tuple[Together, ...]:
    """The relations of classes beyond level 4."""
    return tuple(
        Together(
            str(row["id"]),
            str(row["name"]),
            texts(row["first"]),
            texts(row["second"]),
            bool(row["stops"]),
            words(row, "effect"),
            words(row, "todo"),
            str(row["source"]),
            int(str(row["year"])),
        )
        for row in tables(read("classes"), "together")
    )


@cache
def exceptions() -> dict[str, str]:
    """Groups of level 4 that are left out of the check of classes → why."""
    return {str(row["atc"]): str(row["because"]) for row in tables(read("classes"), "exception")}


CODE = re.compile(r"^[A-Z]\d\d[A-Z]*\d*$")
"""A member of a rule that is the beginning of an ATC code, not a name."""
LOW = "interactions_low"
"""The file of the pairs that never interrupt."""
SEVERITIES = ("severe", "moderate", "minor")


@cache
def interactions() -> tuple[Interaction, ...]:
    """The pairs that must not be combined, or only with care; a group in a rule stands for its members."""
    files = [
        read(name)
        for name in ("interactions", "interactions_2", "interactions_3", "interactions_4", "interactions_5", LOW)
    ]
    members = {name: members for file in files for name, members in _groups(file).items()}
    return tuple(_interaction(row, members) for file in files for row in tables(file, "interaction"))


def _groups(file: dict[str, object]) -> dict[str, tuple[str, ...]]:
    groups = file.get("groups", {})
    return {str(name): texts(value) for name, value in groups.items()} if isinstance(groups, dict) else {}


def _interaction(row: dict[str, object], groups: dict[str, tuple[str, ...]]) -> Interaction:
    def side(value: object) -> frozenset[str]:
        return frozenset(part for name in texts(value) for part in groups.get(name, (name,)))

    known = sources().get(str(row["source"]))
    return Interaction(
        str(row["id"]),
        side(row["first"]),
        side(row["second"]),
        str(row["severity"]),
        words(row, "mechanism"),
        words(row, "todo"),
        f"{known.organisation}, {known.document}" if known else str(row["source"]),
        known.year if known else int(str(row["year"])),
        bool(known.reviewed_by) if known else False,
        str(row["id"]).startswith("low-"),
    )
