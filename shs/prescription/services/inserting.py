"""What can be inserted into a prescription that is being written: the last one of the patient, or a set."""

from typing import TypedDict

from django.conf import settings

from shs.appointment.models import Appointment
from shs.medical_record.services import read_chart
from shs.prescription.models import Prescription, PrescriptionLine, PrescriptionSet, Status
from shs.prescription.services.instructions import compose
from shs.users.models import User


class LineToInsert(TypedDict):
    """A medicine. One that is not confirmed is not issued unless the doctor confirms it."""

    name: str
    medication: int | None
    brand: int | None
    form: str
    directions: str
    dosage: str
    frequency: str
    duration_days: int | None
    instructions: str
    is_confirmed: bool


class TestToInsert(TypedDict):
    """A test."""

    name: str
    test: int | None


class Insertion(TypedDict):
    """What is inserted."""

    lines: list[LineToInsert]
    tests: list[TestToInsert]
    advice: str


def last_of(visit: Appointment, by: User) -> Insertion | None:
    """The medicines of the patient's last valid prescription that `by` may see, to be confirmed one by one; None if
    there is none. The reading is logged."""
    rows = Prescription.objects.allowed(by, "view").filter(patient=visit.patient_id, status=Status.ISSUED)
    found = rows.exclude(appointment=visit).order_by("-issued_at", "-pk").prefetch_related("lines__medication").first()
    if found is None:
        return None
    read_chart(
        by,
        visit.patient,
        "prescription to repeat",
        [found.pk],
        visit=found.appointment_id,
        is_confidential=found.is_confidential,
    )
    lines: list[LineToInsert] = [
        {
            "name": line.name,
            "medication": line.medication_id,
            "brand": line.brand_id,
            "form": line.form,
            "directions": line.directions,
            "dosage": "" if line.dose else line.dosage,
            "frequency": "" if line.dose else line.frequency,
            "duration_days": None if line.dose else line.duration_days,
            "instructions": "" if _is_composed(line) else line.instructions,
            "is_confirmed": False,
        }
        for line in found.lines.all()
    ]
    return {"lines": lines, "tests": [], "advice": ""}


def _is_composed(line: PrescriptionLine) -> bool:
    """Whether the instructions are those that follow from the dose; they are composed anew, in the patient's present
    language."""
    found = {
        compose(
            line.dose,
            meal=line.meal,
            days=line.duration_days,
            is_continued=line.is_continued,
            language=language,
        )
        for language, _name in settings.LANGUAGES
    }
    return line.instructions in found


def of_set(chosen: PrescriptionSet) -> Insertion:
    """The medicines, tests and advice of a set."""
    lines: list[LineToInsert] = [
        {
            "name": line.name,
            "medication": line.medication_id,
            "brand": None,
            "form": line.medication.form if line.medication else "",
            "directions": line.directions,
            "dosage": "",
            "frequency": "",
            "duration_days": None,
            "instructions": line.instructions,
            "is_confirmed": True,
        }
        for line in chosen.lines.select_related("medication")
    ]
    tests: list[TestToInsert] = [
        {"name": name.strip(), "test": None} for name in chosen.tests.splitlines() if name.strip()
    ]
    return {"lines": lines, "tests": tests, "advice": chosen.advice}
