"""What is suggested while a doctor types: their favourites first, then the catalogue. Each list takes a fixed number of
queries, whatever the size of the catalogue."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from shs.doctors.models import DoctorInformation
from shs.prescription.finding import by_brand
from shs.prescription.models import Favourite, MedicalTest, Medication, PrescriptionSet

SHORTEST, LONGEST, MOST = 2, 60, 10
"""Letters of a text that is searched for, and how many suggestions are shown."""
MOST_FAVOURITES = 5


class Suggestion(NamedTuple):
    """One suggestion. `name` is written on the line, `detail` says what it is; `medication`, `brand` and `test` are the
    keys of its entries in the catalogue. A favourite has the `directions` that were written last. `set`: the key of a
    set of medicines, which is inserted as a whole."""

    name: str
    detail: str = ""
    medication: int | None = None
    test: int | None = None
    form: str = ""
    directions: str = ""
    is_favourite: bool = False
    set: int | None = None
    brand: int | None = None


Source = Callable[[str, int], Iterator[Suggestion]]
"""`(text, most)` → suggestions of one kind, those that begin with the text first. At most two queries."""


def generics(text: str, most: int) -> Iterator[Suggestion]:
    """Medicines of the catalogue by generic name; further words belong to it, the form or the strength: "par 500"."""
    first, *further = text.split()
    rows = Medication.objects.in_use().order_by("generic_name", "form", "strength")
    for word in further:
        rows = rows.filter(Q(generic_name__icontains=word) | Q(form__icontains=word) | Q(strength__icontains=word))
    begins = Q(generic_name__begins=first.casefold()) | Q(generic_name__begins=first.capitalize())
    for row in _begun_or_holding(rows, begins, Q(generic_name__icontains=f" {first}"), most):
        facts = [" ".join(part for part in (row.form, row.strength) if part), row.drug_class]
        facts += [] if row.is_strength_checked else [_("strength not checked")]
        yield Suggestion(str(row), " · ".join(part for part in facts if part), row.pk, form=row.form)


def brands(text: str, most: int) -> Iterator[Suggestion]:
    """Brands of which each word begins a word of the name; `detail` says the generic and the maker."""
    for row in by_brand(text).select_related("medication")[:most]:
        detail = " · ".join(part for part in (row.medication.generic_name, row.maker) if part)
        yield Suggestion(str(row), detail, row.medication_id, form=row.form or row.medication.form, brand=row.pk)


SOURCES: list[Source] = [generics, brands]
"""Where medicines are looked for, in this order."""


def medicines(text: str, *, doctor: DoctorInformation | None = None) -> list[Suggestion]:
    """Medicines whose name begins with `text`, then those with a later word that does; the favourites of `doctor`
    first. Without a text, the favourites alone."""
    text = text.strip()[:LONGEST]
    found = list(_favourites(Favourite.Kind.MEDICINE, text, doctor))
    if len(text) >= SHORTEST:
        known = {one.name for one in found}
        for source in SOURCES:
            found += [one for one in source(text, MOST) if one.name not in known]
    return found[:MOST]


def tests(text: str, *, doctor: DoctorInformation | None = None) -> list[Suggestion]:
    """As `medicines`, of tests."""
    text = text.strip()[:LONGEST]
    found = list(_favourites(Favourite.Kind.TEST, text, doctor))
    if len(text) >= SHORTEST:
        known = {one.name for one in found}
        rows = MedicalTest.objects.in_use().order_by("name")
        begins = Q(name__begins=text) | Q(name__begins=text.capitalize()) | Q(name__begins=text.upper())
        named = _begun_or_holding(rows, begins, Q(name__icontains=text), MOST)
        found += [Suggestion(row.name, test=row.pk) for row in named if row.name not in known]
    return found[:MOST]


def sets(text: str, rows: "QuerySet[PrescriptionSet]") -> list[Suggestion]:
    """The sets among `rows` whose title begins with `text`, or has a word that does."""
    text = text.strip()[:LONGEST]
    if len(text) < SHORTEST:
        return []
    found = rows.filter(Q(title__istartswith=text) | Q(title__icontains=f" {text}")).order_by("title", "pk")
    return [Suggestion(row.title, set=row.pk) for row in found[:3]]


def _favourites(kind: str, text: str, doctor: DoctorInformation | None) -> Iterator[Suggestion]:
    if doctor is None:
        return
    rows = Favourite.objects.filter(doctor=doctor, kind=kind)
    first, *further = text.split() or [""]
    if first:
        rows = rows.filter(Q(name__istartswith=first) | Q(name__icontains=f" {first}"))
    for word in further:
        rows = rows.filter(name__icontains=word)
    for row in rows.select_related("medication").order_by("-score", "pk")[: MOST_FAVOURITES if text else MOST]:
        form = row.medication.form if row.medication else ""
        yield Suggestion(
            row.name,
            row.directions,
            row.medication_id,
            row.test_id,
            form,
            row.directions,
            is_favourite=True,
            brand=row.brand_id,
        )


def _begun_or_holding(rows: "QuerySet", begins: Q, holds: Q, most: int) -> Iterator:  # type: ignore[type-arg]
    """The first rows that begin with a text, then those that hold it. The second query only if needed."""
    found = list(rows.filter(begins)[:most])
    yield from found
    if len(found) < most:
        yield from rows.filter(holds).exclude(begins)[: most - len(found)]
