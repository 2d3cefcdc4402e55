"""What is known of a made-up patient at each instant of their past, while entries and prescriptions are dealt out."""

from dataclasses import dataclass, field
from datetime import datetime

from shs.core.seeding.rows import Portion
from shs.medical_record.models import Kind, MedicalRecord
from shs.medical_record.models import Status as Standing
from shs.users.models import User


@dataclass
class Chart:
    """The entries of one patient, as they are added."""

    patient: User
    entries: list[MedicalRecord] = field(default_factory=list)

    def known(self, kind: str, at: datetime) -> list[MedicalRecord]:
        """The entries of `kind` that stood in it at `at`."""
        return [row for row in self.entries if row.kind == kind and row.recorded_at <= at and row.status in _STANDING]

    def codes(self, at: datetime) -> set[str]:
        """The codes of all conditions that were ever named until `at`."""
        return {row.code_id for row in self.known(Kind.CONDITION, at) if row.code_id}


_STANDING = (Standing.ACTIVE, Standing.RESOLVED)


def read_charts(portion: Portion) -> dict[int, Chart]:
    """The charts of the patients as they are stored, by the id of the patient."""
    charts = {patient.pk: Chart(patient) for patient in portion.patients}
    for row in MedicalRecord.objects.standing().filter(patient__in=charts):
        charts[row.patient_id].entries.append(row)
    return charts
