"""What is known of a made-up patient at each instant of their past, while records and prescriptions are dealt out."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.utils import timezone

from shs.appointment.models import Appointment
from shs.demo.words.clinic import CASES, GENERAL, Case, suits
from shs.doctors.models import DoctorInformation
from shs.medical_record.models import Kind, MedicalRecord
from shs.medical_record.models import Status as Standing
from shs.prescription.models import PrescriptionLine, Status
from shs.users.models import User


class Supply(NamedTuple):
    """A medicine that was issued, and for which days; `row` is its entry in the catalogue."""

    name: str
    row: int | None
    issued_at: datetime
    until: date


@dataclass
class Chart:
    """The entries and the issued medicines of one patient, as they are added."""

    patient: User
    entries: list[MedicalRecord] = field(default_factory=list)
    supplies: list[Supply] = field(default_factory=list)

    def known(self, kind: str, at: datetime) -> list[MedicalRecord]:
        """The entries of `kind` that stood in it at `at`."""
        return [row for row in self.entries if row.kind == kind and row.recorded_at <= at and row.status in _STANDING]

    def codes(self, at: datetime) -> set[str]:
        """The codes of all conditions that were ever named until `at`."""
        return {row.code_id for row in self.known(Kind.CONDITION, at) if row.code_id}

    def taken(self, at: datetime) -> list[Supply]:
        """The medicines issued before `at` whose days had not passed."""
        today = timezone.localdate(at)
        return [supply for supply in self.supplies if supply.issued_at < at and supply.until > today]


_STANDING = (Standing.ACTIVE, Standing.RESOLVED)


def read_charts(patients: Iterable[User]) -> dict[int, Chart]:
    """The charts of `patients` as they are stored, by the id of the patient."""
    charts = {patient.pk: Chart(patient) for patient in patients}
    for row in MedicalRecord.objects.standing().filter(patient__in=charts):
        charts[row.patient_id].entries.append(row)
    lines = PrescriptionLine.objects.filter(prescription__patient__in=charts, prescription__status=Status.ISSUED)
    for line in lines.select_related("prescription"):
        if (issued_at := line.prescription.issued_at) is not None:  # always, of an issued one
            charts[line.prescription.patient_id].supplies.append(supplied(line, issued_at))
    return charts


def supplied(line: PrescriptionLine, issued_at: datetime) -> Supply:
    """The medicine of `line`, issued at that time."""
    until = timezone.localdate(issued_at) + timedelta(days=line.duration_days)
    return Supply(line.name, line.medication_id, issued_at, until)


def by_patient(visits: Iterable[Appointment]) -> dict[int, list[Appointment]]:
    """The visits of each patient in the order of their times."""
    found: dict[int, list[Appointment]] = defaultdict(list)
    for visit in sorted(visits, key=lambda visit: visit.starts_at):
        found[visit.patient_id].append(visit)
    return found


def age_at(patient: User, day: date) -> int:
    """In whole years; whose date of birth was taken out counts as a newborn, and gets no medicine."""
    return patient.profile.age(day) or 0


# --- What brings patients to a doctor --------------------------------------------------------------------------------


def cases_for(doctor: DoctorInformation, patient: User, day: date) -> list[Case]:
    """What a patient may come to this doctor with; a check-up where nothing of the doctor's field suits them."""
    age, gender = age_at(patient, day), patient.profile.gender
    return [case for case in _practised(doctor) if suits(case, age, gender)] or [GENERAL]


def case_of(visit: Appointment) -> Case:
    """What the patient came with."""
    return next((case for case in _practised(visit.doctor) if case.reason == visit.reason), GENERAL)


def _practised(doctor: DoctorInformation) -> tuple[Case, ...]:
    return next((CASES[card["slug"]] for card in doctor.specialty_cards if card["slug"] in CASES), ())
