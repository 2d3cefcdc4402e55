"""Stopping a medicine: it ends what was prescribed with the same substance, and the entry of the chart."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db.models import Q

from shs.medical_record.models import Kind, MedicalRecord
from shs.prescription.models import Prescription, Status, StoppedMedicine
from shs.prescription.services.substances import Catalogue, Substance


class Stop(NamedTuple):
    """A substance that was stopped; `at`: when and by which prescription (None: by the draft that is being written)."""

    substance: Substance
    at: "Moment | None"

    def ends(self, substance: Substance, since: "Moment | None") -> bool:
        """Whether it ends a medicine that was prescribed at `since` (None: at some time before), and not with it: what
        is begun anew in another dose runs on."""
        return (self.at is None or since is None or since < self.at) and self.substance.same_as(substance)


Moment = tuple[datetime, int]
"""When a prescription was issued, and its key."""


def stopped_rows(patient_id: int, draft: Prescription | None = None) -> list[StoppedMedicine]:
    """What valid prescriptions have stopped for a patient, and what `draft` stops. One query."""
    rows = StoppedMedicine.objects.filter(prescription__patient=patient_id).select_related("prescription")
    counts = Q(prescription__status=Status.ISSUED)
    return list(rows.filter(counts | Q(prescription=draft.pk) if draft and draft.pk else counts))


def stops_in(rows: Iterable[StoppedMedicine], catalogue: Catalogue, draft: Prescription | None = None) -> list[Stop]:
    """What `rows` stop; those of `draft` have no moment yet."""
    return [
        Stop(
            catalogue.substance(row.name, row.medication_id),
            None if draft and row.prescription_id == draft.pk else moment(row.prescription),
        )
        for row in rows
    ]


def stops_of(draft: Prescription, catalogue: Catalogue) -> list[Stop]:
    """What was stopped for the patient of `draft`, and what it stops itself. One query."""
    return stops_in(stopped_rows(draft.patient_id, draft), catalogue, draft)


def moment(issued: Prescription) -> Moment:
    """When `issued` was issued."""
    assert issued.issued_at is not None  # a constraint of the database
    return issued.issued_at, issued.pk


def is_ended(substance: Substance, since: Moment | None, stops: Iterable[Stop]) -> bool:
    """Whether a medicine that was prescribed at `since` has been stopped."""
    return any(stop.ends(substance, since) for stop in stops)


def end_entries(issued: Prescription) -> None:
    """Resolve the entries of the chart that say that the patient takes what `issued` stops."""
    stopped = list(issued.stopped.all())
    if not stopped:
        return
    catalogue = Catalogue()
    stops = [(row, Stop(catalogue.substance(row.name, row.medication_id), None)) for row in stopped]
    entries = MedicalRecord.objects.filter(patient=issued.patient_id).active().of_kind(Kind.MEDICATION)
    for entry in entries:
        substance = catalogue.substance(entry.title)
        row = next((row for row, stop in stops if stop.ends(substance, None)), None)
        if row is not None:
            entry.resolve(reason=row.reason)
