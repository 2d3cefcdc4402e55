"""What brings patients to doctors, what those find and prescribe, and what patients note of themselves; read from
`clinic.toml` beside this file."""

import tomllib
from pathlib import Path
from typing import Any, NamedTuple

GROWN_UP = 18


class Remedy(NamedTuple):
    """A medicine of the catalogue, and how adults take it."""

    generic_name: str
    form: str
    strength: str
    dosage: str
    frequency: str
    days: int
    instructions: str


class Case(NamedTuple):
    """What a doctor finds and does about one `reason` for a visit. `ages` are inclusive; `lasting`: it stays."""

    reason: str
    code: str
    symptoms: str
    diagnosis: str = ""
    medicines: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    advice: str = ""
    lasting: bool = False
    ages: tuple[int, int] = (GROWN_UP, 120)
    gender: str = ""
    not_with: tuple[str, ...] = ()


class Entry(NamedTuple):
    """What a patient of these ages may note of themselves."""

    title: str = ""
    details: str = ""
    severity: str = ""
    code: str = ""
    ages: tuple[int, int] = (1, 120)
    gender: str = ""


OF_PATIENTS = ("allergies", "immunizations", "procedures", "conditions", "taken", "notes")
_words: dict[str, Any] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))

REMEDIES = {name: Remedy(*fields) for name, fields in _words.pop("medicines").items()}
ENTRIES = {name: tuple(Entry(**fields) for fields in _words.pop(name)) for name in OF_PATIENTS}
CASES = {slug: tuple(Case(**fields) for fields in cases) for slug, cases in _words.items()}
GENERAL = CASES["general"][0]


def suits(what: Case | Entry, age: int, gender: str) -> bool:
    """Whether it is for somebody of this age in years and this gender."""
    return what.ages[0] <= age <= what.ages[1] and what.gender in {"", gender}


REASONS_TO_IGNORE = {
    "allergy": "What was recorded is a side effect, not an allergy. The low dose does more good than harm.",
    "duplicate": "Meant: two strengths of one medicine.",
    "active": "The patient knows, and takes it from this prescription only.",
}
COMPLETED, BRING_ALONG = "The advice was not complete.", "পরের বার এই ব্যবস্থাপত্র সাথে আনবেন।"
CANCELLED = ("Written for the wrong visit.", "The patient is treated in hospital now.")
RETRACTED = ("Measured on somebody else and typed in here.", "Typed into the wrong chart.")
EMERGENCY = "Brought in unconscious after a road accident; allergies and medicines must be known now."
