"""The files in `rules/`, as tables and texts."""

import tomllib
from pathlib import Path
from typing import NamedTuple

from django.utils.translation import get_language

FOLDER = Path(__file__).parent.parent / "rules"


class Words(NamedTuple):
    """A sentence of a rule in both languages."""

    en: str
    bn: str

    @property
    def shown(self) -> str:
        """In the language of the reader."""
        return self.bn if (get_language() or "").startswith("bn") else self.en


def read(name: str) -> dict[str, object]:
    """The content of a file."""
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def tables(file: dict[str, object], name: str) -> list[dict[str, object]]:
    """The tables `name` of a file."""
    found = file.get(name, [])
    if not isinstance(found, list):
        raise TypeError(f"{name} is a list of tables.")
    return found


def rows(file: dict[str, object], name: str) -> list[list[object]]:
    """The rows `name` of a file, each a list."""
    found = file[name]
    if not isinstance(found, list):
        raise TypeError(f"{name} is a list of rows.")
    return found


def texts(value: object) -> tuple[str, ...]:
    """A list of texts; empty for anything else."""
    return tuple(map(str, value)) if isinstance(value, list) else ()


def named(value: object) -> dict[str, str]:
    """A table of texts; empty for anything else."""
    return {str(name): str(text) for name, text in value.items()} if isinstance(value, dict) else {}


def words(row: dict[str, object], name: str) -> Words:
    """The sentence `name` of a row, in both languages."""
    return Words(str(row[name]), str(row.get(f"{name}_bn", row[name])))
