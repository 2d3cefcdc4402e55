"""A demo patient's chart at each instant of the past, while entries and prescriptions are created."""

from dataclasses import dataclass, field
from datetime import datetime

from shs.medical_record.models import Kind, MedicalRecord
from shs.medical_record.models import Status as EntryStatus
from shs.users.models import User
from shs.users.seeding import Portion


@dataclass
class Chart:
    """The entries of one patient, as they are added."""

    patient: User
    entries: list[MedicalRecord] = field(default_factory=list)

    def known(self, kind: str, at: datetime) -> list[MedicalRecord]:
        """The entries of `kind` in the chart at `at`."""
        return [row for row in self.entries if row.kind == kind and row.recorded_at <= at and row.status in _VALID]

    def codes(self, at: datetime) -> set[str]:
        """The codes of all conditions recorded until `at`."""
        return {row.code_id for row in self.known(Kind.CONDITION, at) if row.code_id}


_VALID = (EntryStatus.ACTIVE, EntryStatus.RESOLVED)


def read_charts(portion: Portion) -> dict[int, Chart]:
    """Patient id → the stored chart."""
    charts = {patient.pk: Chart(patient) for patient in portion.patients}
    for row in MedicalRecord.objects.without_errors().filter(patient__in=charts):
        charts[row.patient_id].entries.append(row)
    return charts
