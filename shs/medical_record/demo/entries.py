"""What patients note of themselves; read from `entries.toml` beside this file."""

import tomllib
from pathlib import Path
from typing import Any, NamedTuple


class Entry(NamedTuple):
    """What a patient of these ages may note of themselves."""

    title: str = ""
    details: str = ""
    severity: str = ""
    code: str = ""
    ages: tuple[int, int] = (1, 120)
    gender: str = ""

    def suits(self, age: int, gender: str) -> bool:
        """Whether it is for somebody of this age in years and this gender."""
        return self.ages[0] <= age <= self.ages[1] and self.gender in {"", gender}


_words: dict[str, Any] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
ENTRIES = {name: tuple(Entry(**fields) for fields in entries) for name, entries in _words.items()}
"""The kind of entry, as the demo names it → what may be noted."""

RETRACTED = ("Measured on somebody else and typed in here.", "Typed into the wrong chart.")
