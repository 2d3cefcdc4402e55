"""Finds medicines of the catalogue by what a doctor types: by generic name, and by brand."""

from typing import cast

from django.db.models import QuerySet
from typing_extensions import TypedDict

from shs.prescription.medicines import UNCHECKED
from shs.prescription.models import Brand, Medication

MOST, MOST_GENERICS = 20, 10
"""Results, and how many of them are found by generic name if there are more brands."""
GENERIC = ("id", "generic_name", "form", "strength", "atc_code", "drug_class", "route", "unit", "source")
BRAND = ("id", "name", "form", "strength", "maker", *(f"medication__{name}" for name in GENERIC))


class BrandFound(TypedDict):
    """A brand: what stands on its box."""

    id: int
    name: str
    form: str
    strength: str
    maker: str


class MedicineFound(TypedDict):
    """A medicine of the catalogue. `found_by` is "brand" or "generic"; with a brand, `form` and `strength` of the
    generic are those of the nearest entry, and the brand has its own. `is_strength_checked`: whether somebody has read
    the strength of the generic in a list."""

    medication: int
    generic: str
    form: str
    strength: str
    atc_code: str
    drug_class: str
    route: str
    unit: str
    is_strength_checked: bool
    brand: BrandFound | None
    found_by: str


def by_generic(words: str) -> QuerySet[Medication]:
    """Medicines in use of which each word of `words` begins a word of the generic name."""
    return Medication.objects.in_use().filter(generic_name__words=words).order_by("generic_name", "form", "strength")


def by_brand(words: str) -> QuerySet[Brand]:
    """Brands in use of which each word of `words` begins a word of the name, and whose generic is in use."""
    rows = Brand.objects.in_use().filter(name__words=words, medication__archived_at__isnull=True)
    return rows.order_by("name", "form", "strength", "pk")


def find_medicines(words: str) -> list[MedicineFound]:
    """At most MOST medicines: those found by generic name, then those found by brand. Two queries."""
    brands = list(by_brand(words).values(*BRAND)[:MOST])
    generics = list(by_generic(words).values(*GENERIC)[: max(MOST - len(brands), MOST_GENERICS)])
    found = [_found(row, None) for row in generics]
    found += [_found({name: row[f"medication__{name}"] for name in GENERIC}, _brand(row)) for row in brands]
    return found[:MOST]


def _brand(row: dict[str, object]) -> BrandFound:
    return cast(BrandFound, {name: row[name] for name in ("id", "name", "form", "strength", "maker")})


def _found(row: dict[str, object], brand: BrandFound | None) -> MedicineFound:
    named = {name: row[name] for name in GENERIC if name not in ("id", "generic_name", "source")}
    return cast(
        MedicineFound,
        {
            "medication": row["id"],
            "generic": row["generic_name"],
            **named,
            "is_strength_checked": not str(row["source"]).startswith(UNCHECKED),
            "brand": brand,
            "found_by": "brand" if brand else "generic",
        },
    )
