"""What a doctor often writes: learnt when they issue a prescription, without any work of theirs."""

from collections.abc import Iterator
from datetime import datetime
from math import log2

from django.core.exceptions import ValidationError

from shs.prescription.models import Favourite, Prescription, PrescriptionLine
from shs.prescription.models.directions import read_directions
from shs.prescription.models.dosing import directions_words

HALF_LIFE_DAYS = 30
"""After so many days a use counts half."""


def learn(issued: Prescription, now: datetime) -> None:
    """Count what `issued` contains among the favourites of its doctor, with the directions as they were last written.
    Three queries."""
    written = {(row.kind, row.name): row for row in _written(issued, now)}
    known = {
        (row.kind, row.name): row
        for row in Favourite.objects.filter(doctor=issued.doctor_id, name__in={name for _kind, name in written})
    }
    for key, row in written.items():
        if old := known.get(key):
            row.uses = old.uses + 1
            row.score = _raised(old.score, now)
            row.directions = row.directions or old.directions
    Favourite.objects.bulk_create(
        written.values(),
        update_conflicts=True,
        unique_fields=["doctor", "kind", "name"],
        update_fields=["medication", "brand", "test", "directions", "uses", "last_used_at", "score"],
    )


def _written(issued: Prescription, now: datetime) -> Iterator[Favourite]:
    shared = {"doctor_id": issued.doctor_id, "last_used_at": now, "score": _at(now)}
    for line in issued.lines.select_related("medication"):
        words = line.directions or _of_free_text(line)
        yield Favourite(
            kind=Favourite.Kind.MEDICINE,
            name=line.name,
            medication_id=line.medication_id,
            brand_id=line.brand_id,
            directions=words if len(words) <= 200 else "",
            **shared,
        )
    for test in issued.tests.all():
        yield Favourite(kind=Favourite.Kind.TEST, name=test.name, test_id=test.test_id, **shared)


def _of_free_text(line: PrescriptionLine) -> str:
    """The directions of a line whose dose and frequency were free text, as far as they say the same: "1 tablet",
    "1+0+1"."""
    if line.dosage.split(" ")[0] != "1":
        return ""
    try:
        given = read_directions(line.frequency, form=line.form)
    except ValidationError:
        return ""
    return directions_words(given.dose, given.meal, line.duration_days, is_continued=False)


def _at(now: datetime) -> float:
    """The score of one use at `now`. Scores are logarithms, so that all lose half of their weight alike as time goes
    by, and their order stays."""
    return now.timestamp() / (HALF_LIFE_DAYS * 86_400)


def _raised(score: float, now: datetime) -> float:
    """`score` with one more use at `now`."""
    use = _at(now)
    return use + log2(1 + 2 ** max(min(score - use, 0), -60)) if score <= use else score + log2(1 + 2 ** (use - score))
