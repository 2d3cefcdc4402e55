"""Sets of texts by which red flags, triage and ranking are measured.

A set is a file of JSON lines (`.jsonl`), one object a line:

- `id`: unique in the set
- `text`: one message, or `symptoms`: a list of entries as the symptom checker takes them
- `language`: `en`, `bn` (Bangla script) or `bn-Latn` (romanised Bangla)
- `triage`: `now` if the answer must be urgent; `today`, `soon`, `self_care` or `not_now` if it must not be
- optional: `kind` (for what the figures are grouped by), `person` (`age` in years, `sex`: `female` or `male`,
  `pregnant`: true or false, `weeks`), `duration` in days, `severity` (`mild`, `moderate`, `severe`), `condition`
  (the slug of the expected condition), `source`

Anything else is refused with the number of the line, so that a misspelt name or value does not change the figures.
"""

import json
import tomllib
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

from shs.predict.cases import Case, Person
from shs.predict.models import Triage

FOLDER = Path(__file__).with_name("sets")
OPEN, HELD_OUT = FOLDER / "open.jsonl", FOLDER / "held_out.jsonl"
"""The half that was read while the knowledge was made, and the one set aside. Both are by the project itself."""
SELF_HARM = FOLDER / "self_harm.jsonl"
"""Indirect words for self-harm, by the project itself, written after the phrases of red flags and measured once."""
BLIND = FOLDER / "blind_a.jsonl"
"""By somebody who had not read the rules, measured once before they were changed; they know it since."""
FRESH = FOLDER / "fresh.jsonl"
"""Four rounds of texts (`fresh-1-` to `fresh-4-`), each measured once before anything was changed for it."""

VIGNETTES = Path(__file__).with_name("vignettes.toml")


LANGUAGES = ("en", "bn", "bn-Latn")
LEVELS = (*Triage.values, "not_now")
SEVERITIES = ("mild", "moderate", "severe")
COLUMNS = (
    "id",
    "text",
    "symptoms",
    "language",
    "triage",
    "kind",
    "person",
    "duration",
    "severity",
    "condition",
    "source",
)
PERSON = ("age", "sex", "pregnant", "weeks")


class BadSet(ValueError):
    """A set that does not have the documented form; says which line is wrong."""


class Sample(NamedTuple):
    """One line of a set."""

    id: str
    texts: list[str]
    language: str
    kind: str
    is_now: bool
    case: Case
    condition: str


def read_set(path: Path, *, conditions: Collection[str] | None = None) -> list[Sample]:
    """The lines of a set. `conditions`: the slugs that an expected condition may have, if they are to be checked.
    Raises BadSet, and OSError if the file cannot be read."""
    found: list[Sample] = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        raise BadSet(f"{path.name} is not in UTF-8.") from None
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                sample = _sample(json.loads(line))
                if conditions is not None and sample.condition and sample.condition not in conditions:
                    raise ValueError(f"unknown condition {sample.condition!r}")
                found.append(sample)
            except (KeyError, TypeError, ValueError) as error:
                raise BadSet(f"{path.name}, line {number}: {type(error).__name__}: {error}") from None
    if not found:
        raise BadSet(f"{path.name} has no line.")
    if len({sample.id for sample in found}) != len(found):
        raise BadSet(f"{path.name}: an id occurs twice.")
    return found


def _sample(row: object) -> Sample:
    if not isinstance(row, dict):
        raise TypeError("write an object")
    _require_known(row, COLUMNS)
    for name in ("id", "language", "triage"):
        if not isinstance(row.get(name), str) or not row[name].strip():
            raise ValueError(f"write `{name}` as a text")
    if ("text" in row) == ("symptoms" in row):
        raise ValueError("write either `text` or `symptoms`")
    texts = row["symptoms"] if "symptoms" in row else [row["text"]]
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) for text in texts):
        raise ValueError("write `text` as a text or `symptoms` as a list of texts")
    _require_one_of("language", row["language"], LANGUAGES)
    _require_one_of("triage", row["triage"], LEVELS)
    if "severity" in row:
        _require_one_of("severity", row["severity"], SEVERITIES)
    days = row.get("duration")
    if days is not None and (isinstance(days, bool) or not isinstance(days, int) or days < 0):
        raise TypeError("write `duration` as a whole number of days")
    case = Case(_person(row.get("person") or {}), days, row.get("severity", ""))
    language, condition = row["language"], str(row.get("condition", ""))
    return Sample(row["id"], texts, language, str(row.get("kind", "")), row["triage"] == Triage.NOW, case, condition)


def _person(person: object) -> Person:
    if not isinstance(person, dict):
        raise TypeError("write `person` as an object")
    _require_known(person, PERSON)
    for name in ("age", "weeks"):
        if isinstance(person.get(name) or 0, bool) or not isinstance(person.get(name) or 0, int | float):
            raise TypeError(f"write `{name}` as a number")
    if person.get("sex"):
        _require_one_of("sex", person["sex"], ("female", "male"))
    if person.get("pregnant") not in (None, True, False):
        raise TypeError("write `pregnant` as true or false")
    return Person(**person)


def _require_known(row: dict[str, object], names: Sequence[str]) -> None:
    if unknown := [name for name in row if name not in names]:
        raise ValueError(f"unknown: {', '.join(map(repr, unknown))}; allowed are {', '.join(names)}")


def _require_one_of(name: str, value: object, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise ValueError(f"write `{name}` as one of {', '.join(allowed)}, not {value!r}")


def read_vignettes(*, held_out: bool | None = None, path: Path = VIGNETTES) -> list[Sample]:
    """The stories of the ranking's test set (`vignettes.toml`) as samples; `is_now` is not known of them."""
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["vignette"]
    return [
        Sample(row["id"], row["symptoms"], "", row["condition"], False, Case(), row["condition"])
        for row in rows
        if held_out in (None, row.get("held_out", False))
    ]
