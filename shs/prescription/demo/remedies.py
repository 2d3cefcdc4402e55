"""Medicines and advice of the demo's prescriptions, read from `remedies.toml` beside this file."""

import tomllib
from pathlib import Path
from typing import NamedTuple


class Remedy(NamedTuple):
    """A medicine of the catalogue with its usual dosage for adults."""

    generic_name: str
    form: str
    strength: str
    dosage: str
    frequency: str
    days: int
    instructions: str


_words = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
REMEDIES = {name: Remedy(*fields) for name, fields in _words["medicines"].items()}

KNOWN_RISK = "The benefit is greater than the risk, which was talked about; controlled at the next visit."
REASONS_TO_IGNORE = {
    "allergy": "What was recorded is a side effect, not an allergy. The low dose does more good than harm.",
    "duplicate": "Meant: two strengths of one medicine.",
    "same_class": "Both are needed for some days; the patient is seen again.",
    "interaction": "The benefit is greater, and the patient is watched.",
    "active": "The patient knows, and takes it from this prescription only.",
}
COMPLETED, BRING_ALONG = "The advice was not complete.", "পরের বার এই প্রেসক্রিপশন সাথে আনবেন।"
CANCELLED = ("Written for the wrong visit.", "The patient is treated in hospital now.")
