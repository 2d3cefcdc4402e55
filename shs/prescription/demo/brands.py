"""The made-up brands of the demo, read from `brands.toml` beside this file."""

import tomllib
from datetime import datetime
from pathlib import Path

from shs.prescription.models import Brand, Medication

_file = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
BRANDS: dict[str, tuple[str, str, str, str]] = {name: tuple(row) for name, row in _file["brands"].items()}
"""Brand → generic, form, strength, maker."""
SOURCE = str(_file["source"])


def add_brands(now: datetime) -> int:
    """Add the brands that never were in the catalogue; returns their number."""
    ever = set(Brand.history.filter(source=SOURCE).values_list("name", flat=True))
    generics = {row.natural_key(): row for row in Medication.objects.in_use()}
    made = [
        Brand(
            name=name,
            medication=generics[generic, form, strength],
            form=form,
            strength=strength,
            maker=maker,
            source=SOURCE,
            source_date=now.date(),
        )
        for name, (generic, form, strength, maker) in BRANDS.items()
        if name not in ever and (generic, form, strength) in generics
    ]
    Brand.objects.all().create_with_history(made, reason="demo")
    return len(made)
