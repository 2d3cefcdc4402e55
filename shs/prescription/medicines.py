"""What `fixtures/medicines.toml` knows: medicines beyond the first list, names of ATC groups, and what a form is."""

import tomllib
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from django.conf import settings

UNCHECKED = "Strength not checked"
"""How the source of a medicine begins whose strength nobody has read in a list yet."""
LEVEL_4 = 5
"""The characters of an ATC code that tell its chemical subgroup."""


class Entry(NamedTuple):
    """One medicine of the file: `route` and `unit` follow from the form, `drug_class` from the code. `is_checked`:
    somebody has read the strength in a list."""

    generic_name: str
    form: str
    strength: str
    atc_code: str
    drug_class: str
    route: str
    unit: str
    source: str
    source_year: int
    is_checked: bool


class FormFacts(NamedTuple):
    """By which route a form is given, and what a dose of it is counted in."""

    route: str
    unit: str


@cache
def _file() -> dict[str, dict[str, object]]:
    path = settings.BASE_DIR / "fixtures" / "medicines.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


@cache
def classes() -> dict[str, str]:
    """ATC code of a group → its name."""
    return {code: str(name) for code, name in _file()["classes"].items()}


def class_of(atc_code: str) -> str:
    """The name of the group of level 4 that a code belongs to, or of the group itself; empty if it is not known."""
    return classes().get(atc_code[:LEVEL_4], "")


@cache
def forms() -> dict[str, FormFacts]:
    """Form → its facts."""
    return {form: FormFacts(*map(str, facts)) for form, facts in _file()["forms"].items() if isinstance(facts, list)}


def facts_of(form: str) -> FormFacts:
    """The facts of a form; empty ones if it is not known."""
    return forms().get(form.casefold().strip(), FormFacts("", ""))


def entries() -> Iterator[Entry]:
    """The medicines of the file."""
    file = _file()
    lines = file["medicines"]["lines"]
    for line in lines if isinstance(lines, list) else ():
        named, *parts = str(line).split(" | ")
        code, _space, name = named.partition(" ")
        for form, strengths in zip(parts[::2], parts[1::2], strict=True):
            route, unit = facts_of(form)
            for strength in strengths.split("; "):
                is_checked = not strength.endswith("?")
                source = str(file["source"] if is_checked else file["unchecked"])
                yield Entry(
                    name,
                    form,
                    strength.removesuffix("?"),
                    code,
                    class_of(code),
                    route,
                    unit,
                    source,
                    int(str(file["year"])),
                    is_checked,
                )
