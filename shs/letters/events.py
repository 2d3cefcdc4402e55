"""Letters in the history of a patient, as the page of a visit shows it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from shs.letters.models import Letter, LetterQuerySet
from shs.medical_record.services import Extent
from shs.prescription.timeline import Further
from shs.users.models import User


def _rows(reader: User, patient: User, extent: Extent, now: datetime) -> LetterQuerySet:
    rows = Letter.objects.unrestricted("of a chart whose reader is checked and logged")
    return extent.of(rows.filter(patient=patient))


def _shown(keys: Sequence[int]) -> Mapping[int, Letter]:
    return Letter.objects.unrestricted("keys that are shown").in_full().in_bulk(keys)


EVENTS = Further("letter", "letters", "issued_at", _rows, _shown, "admin/letters/event.html")
