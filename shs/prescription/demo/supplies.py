"""The medicines that demo patients take at each instant of the past."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.utils import timezone

from shs.medical_record.demo.charts import Chart, read_charts
from shs.medical_record.models import MedicalRecord
from shs.prescription.models import PrescriptionLine, Status
from shs.users.seeding import Portion


class Supply(NamedTuple):
    """An issued medicine, its last day, and for how many days it was given; `row` is its catalogue entry."""

    name: str
    row: int | None
    issued_at: datetime
    until: date
    days: int


@dataclass
class Patient:
    """The chart of a patient, and their issued medicines as they are added."""

    chart: Chart
    supplies: list[Supply] = field(default_factory=list)

    def known(self, kind: str, at: datetime) -> list[MedicalRecord]:
        """The entries of `kind` in the chart at `at`."""
        return self.chart.known(kind, at)

    def codes(self, at: datetime) -> set[str]:
        """The codes of all conditions recorded until `at`."""
        return self.chart.codes(at)

    def taken(self, at: datetime) -> list[Supply]:
        """The medicines issued before `at` whose days had not passed."""
        today = timezone.localdate(at)
        return [supply for supply in self.supplies if supply.issued_at < at and supply.until > today]


def read_patients(portion: Portion) -> dict[int, Patient]:
    """Patient id → the stored chart and medicines."""
    found = {pk: Patient(chart) for pk, chart in portion.once(read_charts).items()}
    lines = PrescriptionLine.objects.filter(prescription__patient__in=found, prescription__status=Status.ISSUED)
    for line in lines.select_related("prescription"):
        if (issued_at := line.prescription.issued_at) is not None:  # an issued prescription always has it
            found[line.prescription.patient_id].supplies.append(supplied(line, issued_at))
    return found


def supplied(line: PrescriptionLine, issued_at: datetime) -> Supply:
    """The medicine of `line`, issued at that time."""
    until = timezone.localdate(issued_at) + timedelta(days=line.duration_days)
    return Supply(line.name, line.medication_id, issued_at, until, line.duration_days)
