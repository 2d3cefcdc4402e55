"""The rules of the checks, read from the files in `rules/`: names, classes of medicines, and interactions."""

import tomllib
from functools import cache
from pathlib import Path
from typing import NamedTuple

from django.utils.translation import get_language

FOLDER = Path(__file__).parent.parent / "rules"


def _read(name: str) -> dict[str, object]:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def _tables(file: dict[str, object], name: str) -> list[dict[str, object]]:
    found = file.get(name, [])
    if not isinstance(found, list):
        raise TypeError(f"{name} is a list of tables.")
    return found


def _texts(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()


def _named(value: object) -> dict[str, str]:
    return {str(name): str(text) for name, text in value.items()} if isinstance(value, dict) else {}


class Words(NamedTuple):
    """A sentence of a rule in both languages."""

    en: str
    bn: str

    @property
    def shown(self) -> str:
        """In the language of the reader."""
        return self.bn if (get_language() or "").startswith("bn") else self.en


def _words(row: dict[str, object], name: str) -> Words:
    return Words(str(row[name]), str(row.get(f"{name}_bn", row[name])))


class Names(NamedTuple):
    """Generic names beyond the catalogue with their ATC codes, other names → the generic one, and words of salts."""

    generics: dict[str, str]
    synonyms: dict[str, str]
    salts: frozenset[str]


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
    because: "Words"
    source: str
    year: int


class Together(NamedTuple):
    """Two medicines, one of `first` and one of `second` (beginnings of ATC codes), that are not given together."""

    id: str
    name: str
    first: tuple[str, ...]
    second: tuple[str, ...]
    stops: bool
    effect: "Words"
    todo: "Words"
    source: str
    year: int


class Interaction(NamedTuple):
    """Two medicines by their generic names, one of `first` and one of `second`. `mechanism` is empty if none was read
    in a source."""

    id: str
    first: frozenset[str]
    second: frozenset[str]
    severity: str
    mechanism: "Words"
    todo: "Words"
    source: str
    year: int


@cache
def names() -> Names:
    """The names of names.toml."""
    file = _read("names")
    return Names(_named(file["generics"]), _named(file["synonyms"]), frozenset(_texts(file["salts"])))


@cache
def allergy_classes() -> tuple[DrugClass, ...]:
    """The classes that an allergy can name."""
    return tuple(
        DrugClass(str(row["name"]), _texts(row["words"]), _texts(row["atc"]))
        for row in _tables(_read("classes"), "allergy_class")
    )


@cache
def cross_reactions() -> tuple[CrossReaction, ...]:
    """Which classes react across, the likelier ones first."""
    return tuple(
        CrossReaction(
            str(row["id"]),
            str(row["first"]),
            _texts(row["second"]),
            str(row["likelihood"]),
            _words(row, "because"),
            str(row["source"]),
            int(str(row["year"])),
        )
        for row in _tables(_read("classes"), "cross_reaction")
    )


@cache
def together() -> tuple[Together, ...]:
    """The relations of classes beyond level 4."""
    return tuple(
        Together(
            str(row["id"]),
            str(row["name"]),
            _texts(row["first"]),
            _texts(row["second"]),
            bool(row["stops"]),
            _words(row, "effect"),
            _words(row, "todo"),
            str(row["source"]),
            int(str(row["year"])),
        )
        for row in _tables(_read("classes"), "together")
    )


@cache
def exceptions() -> dict[str, str]:
    """Groups of level 4 that are left out of the check of classes → why."""
    return {str(row["atc"]): str(row["because"]) for row in _tables(_read("classes"), "exception")}


@cache
def interactions() -> tuple[Interaction, ...]:
    """The pairs that must not be combined; a group in a rule stands for its members."""
    file = _read("interactions")
    groups = file["groups"]
    members = {str(name): _texts(value) for name, value in groups.items()} if isinstance(groups, dict) else {}

    def side(value: object) -> frozenset[str]:
        return frozenset(part for name in _texts(value) for part in members.get(name, (name,)))

    return tuple(
        Interaction(
            str(row["id"]),
            side(row["first"]),
            side(row["second"]),
            str(row["severity"]),
            _words(row, "mechanism"),
            _words(row, "todo"),
            str(row["source"]),
            int(str(row["year"])),
        )
        for row in _tables(file, "interaction")
    )
