"""Parts of names, read from `names.toml` beside this file."""

import tomllib
from pathlib import Path

_words = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))

FEMALE: list[str] = _words["female"]
MALE: list[str] = _words["male"]
FAMILY: list[str] = _words["family"]
FAMILY_OF_WOMEN: list[str] = _words["family_of_women"]
