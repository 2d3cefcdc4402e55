"""The medicines of a draft: read from what an API or an import says, and made ready to be issued."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeVar, cast

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from shs.core.errors import Invalid
from shs.core.records.archive import Archivable
from shs.prescription.models import Brand, Medication, Prescription, PrescriptionLine
from shs.prescription.models.directions import read_directions, read_duration
from shs.prescription.models.lines import NAME_LENGTH
from shs.prescription.services.instructions import composed
from shs.prescription.services.substances import Catalogue

Rows = Sequence[Mapping[str, object]]
Chosen = TypeVar("Chosen", bound=Archivable)

FREE = ("dosage", "frequency", "duration_days")
"""What a medicine without a pattern needs."""


class Known(NamedTuple):
    """The entries of the catalogue that rows can mean: by their names, and those that they choose by their ids."""

    catalogue: Catalogue
    brands: dict[int, Brand]
    medications: dict[int, Medication]

    @classmethod
    def of(cls, rows: Rows) -> "Known":
        brands = _chosen(Brand, rows, "brand").select_related("medication")
        medications = _chosen(Medication, rows, "medication")
        return cls(Catalogue(), {row.pk: row for row in brands}, {row.pk: row for row in medications})


def _chosen(model: type[Chosen], rows: Rows, name: str) -> "QuerySet[Chosen]":
    """The rows of the catalogue that are named by their ids and can be chosen."""
    keys = {row[name] for row in rows if row.get(name)}
    return cast("QuerySet[Chosen]", model._default_manager.filter(pk__in=keys, archived_at__isnull=True))


def add_lines(draft: Prescription, rows: Rows, known: Known) -> None:
    """Store the medicines of a draft. `brand` and `medication` are ids of the catalogue; a row without a name is called
    as they are. A row has a `pattern` with `duration`, or `dosage`, `frequency` and `duration_days` as free text.
    Raises Invalid (422) that names the row and what is wrong in it."""
    for number, row in enumerate(rows):
        _written_line(draft, row, known, field=f"medications.{number}").save()


def _written_line(draft: Prescription, row: Mapping[str, object], known: Known, *, field: str) -> PrescriptionLine:
    given = dict(row)
    brand = _one(known.brands, given.pop("brand", None), f"{field}.brand")
    medication = _one(known.medications, given.pop("medication", None), f"{field}.medication")
    if brand and medication and brand.medication.generic_name != medication.generic_name:
        raise Invalid(_("This brand contains another medicine."), field=f"{field}.brand")
    name = str(given.pop("name", "") or brand or medication or "")[:NAME_LENGTH]
    if not name:
        raise Invalid(_("Enter a name, or choose a brand."), field=f"{field}.name")
    pattern, duration = str(given.pop("pattern", "") or ""), str(given.pop("duration", "") or "")
    needed, meal = str(given.pop("as_needed", "") or ""), str(given.pop("meal", "") or "")
    rest = {key: value for key, value in given.items() if value is not None}
    line = PrescriptionLine(prescription=draft, name=name, brand=brand, **rest)
    line.medication = medication or (brand.medication if brand else None)
    if line.medication is None:
        line.medication_id = known.catalogue.row_of(name)
    if pattern or needed:
        _direct(line, f"{pattern} as needed for {needed}" if needed else pattern, f"{field}.pattern")
    line.meal = meal or line.meal
    if duration:
        _last(line, duration, f"{field}.duration")
    for free in FREE:
        if not getattr(line, free):
            raise Invalid(_("This is needed, or a pattern such as 1+0+1 with a duration."), field=f"{field}.{free}")
    return line


def _one(known: Mapping[int, Chosen], key: object, field: str) -> Chosen | None:
    if not key:
        return None
    if not isinstance(key, int) or key not in known:
        raise Invalid(_("This is not in the catalogue, or is no longer offered."), field=field)
    return known[key]


def _direct(line: PrescriptionLine, text: str, field: str) -> None:
    try:
        given = read_directions(text, form=line.form)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field=field) from None
    line.direct(given)


def _last(line: PrescriptionLine, text: str, field: str) -> None:
    try:
        days, is_continued = read_duration(text)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field=field) from None
    line.last(days, is_continued=is_continued)


def make_ready(draft: Prescription) -> None:
    """Remove the medicines that nobody confirmed, and write the instructions of those that have none."""
    for line in draft.lines.select_related("medication"):
        if not line.is_confirmed:
            line.delete()
        elif line.dose and not line.instructions:
            line.instructions = composed(line, draft.patient)
            line.save()
