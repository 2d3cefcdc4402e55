"""Entries that patients add themselves, read from `entries.toml` beside this file."""

import tomllib
from pathlib import Path
from typing import NamedTuple


class Entry(NamedTuple):
    """An entry that a patient of these ages may add."""

    title: str = ""
    details: str = ""
    severity: str = ""
    code: str = ""
    ages: tuple[int, int] = (1, 120)
    gender: str = ""

    def suits(self, age: int, gender: str) -> bool:
        """Whether it suits this age in years and gender."""
        return self.ages[0] <= age <= self.ages[1] and self.gender in {"", gender}


_words = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
ENTRIES = {name: tuple(Entry(**fields) for fields in entries) for name, entries in _words.items()}
"""Kind of entry, as the demo names it → possible entries."""

RETRACTED = ("Measured on somebody else and typed in here.", "Typed into the wrong chart.")
