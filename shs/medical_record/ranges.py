"""Ranges of vital signs by age and in pregnancy, and what is possible at an age: the rules of `reference/`."""

import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from shs.medical_record.whose import GROWN_MONTHS, Whose

FOLDER = Path(__file__).parent / "reference"
BOUNDS = ("usual_from", "usual_to", "crisis_to", "crisis_from")
GROUPS = ("child", "adult", "pregnant")
FOREVER = 10**6
Table = dict[str, object]


class Source(NamedTuple):
    """What a bound was read in: organisation and document, and its year."""

    name: str
    year: int

    def __str__(self) -> str:
        return f"{self.name} ({self.year})"


class Bound(NamedTuple):
    """A limit, included in what it limits, and where it was read."""

    value: float
    source: Source


class Range(NamedTuple):
    """What is usual for a sign from `months[0]` until before `months[1]`; a bound that was not read is None."""

    sign: str
    who: str
    months: tuple[int, int]
    scale: str
    usual_from: Bound | None
    usual_to: Bound | None
    crisis_to: Bound | None
    crisis_from: Bound | None

    @property
    def bounds(self) -> list[Bound]:
        """Those that were read."""
        return [bound for bound in self[4:] if isinstance(bound, Bound)]

    @property
    def sources(self) -> list[Source]:
        """What its bounds were read in, each once."""
        return list(dict.fromkeys(bound.source for bound in self.bounds))


def tables(file: str) -> Table:
    """A file of the folder."""
    return tomllib.loads((FOLDER / f"{file}.toml").read_text(encoding="utf-8"))


def rows(file: Table, name: str) -> list[Table]:
    """The list of tables `name` of a file; raises TypeError if it is no list."""
    found = file.get(name, [])
    if not isinstance(found, list):
        raise TypeError(f"{name} is a list of tables.")
    return found


def table_of(value: object) -> Table:
    """A table; raises TypeError for anything else."""
    if not isinstance(value, dict):
        raise TypeError(f"{value!r} is a table.")
    return value


def numbers(value: object) -> tuple[float, ...]:
    """A list of numbers; raises TypeError for anything else."""
    if not isinstance(value, list) or not all(isinstance(one, int | float) for one in value):
        raise TypeError(f"{value!r} is a list of numbers.")
    return tuple(value)


def _span(row: Table) -> tuple[int, int]:
    first, *rest = numbers(row["months"])
    return int(first), int(rest[0]) if rest else FOREVER


@cache
def ranges() -> tuple[Range, ...]:
    """All ranges of ranges.toml."""
    file = tables("ranges")
    named = {key: table_of(row) for key, row in table_of(file["sources"]).items()}
    sources = {key: Source(str(row["name"]), int(str(row["year"]))) for key, row in named.items()}

    def bound(row: Table, name: str) -> Bound | None:
        if name not in row:
            return None
        pair = row[name]
        if not isinstance(pair, list) or len(pair) != 2:
            raise TypeError(f"{name} is a number and its source.")
        return Bound(float(pair[0]), sources[str(pair[1])])

    return tuple(
        Range(
            str(row["sign"]),
            str(row["who"]),
            _span(row),
            str(row.get("scale", "1")),
            *(bound(row, name) for name in BOUNDS),
        )
        for row in rows(file, "range")
    )


@cache
def _by_sign() -> dict[str, tuple[Range, ...]]:
    return {name: tuple(one for one in ranges() if one.sign == name) for name in {one.sign for one in ranges()}}


def ranges_of(sign: str) -> tuple[Range, ...]:
    """All ranges of a sign; empty if none was read."""
    return _by_sign().get(sign, ())


def range_for(sign: str, who: Whose, scale: str = "1") -> Range | None:
    """The range of a sign for somebody whose age is known; None if none was read for them."""
    if who.months is None:
        return None
    group = "adult" if who.months >= GROWN_MONTHS else "child"
    group = "pregnant" if who.is_pregnant else group
    wanted = scale if group == "adult" and sign == "spo2_percent" else "1"
    return _first(
        one for one in ranges_of(sign) if one.who == group and one.scale == wanted and _holds(one, who.months)
    )


def _holds(one: Range, months: int) -> bool:
    return one.months[0] <= months < one.months[1]


def _first(found: Iterable[Range]) -> Range | None:
    return next(iter(found), None)


# --- What is possible, and what is improbable ------------------------------------------------------------------------


@cache
def _possible() -> tuple[tuple[str, tuple[int, int], tuple[float, float]], ...]:
    found = rows(tables("possible"), "possible")
    return tuple((str(row["sign"]), _span(row), _pair(row["between"])) for row in found)


def _pair(value: object) -> tuple[float, float]:
    low, high = numbers(value)
    return low, high


def possible(sign: str, months: int | None, otherwise: tuple[float, float]) -> tuple[float, float]:
    """The least and the most that is possible for a sign at an age in months: `otherwise`, if the age is not known or
    no other bounds are given for it."""
    if months is not None:
        for name, span, between in _possible():
            if name == sign and span[0] <= months < span[1]:
                return between
    return otherwise


@cache
def improbable_outside() -> dict[str, tuple[float, float]]:
    """Sign, or "bmi" → the bounds outside of which a value is asked back at every age."""
    return {str(row["sign"]): _pair(row["outside"]) for row in rows(tables("possible"), "improbable")}
