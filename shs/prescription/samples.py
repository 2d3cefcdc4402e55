"""A sample row of each model, for the generated tests."""

from datetime import date, datetime

from shs.core.discovery import Case
from shs.prescription import services
from shs.prescription.models import AdviceTemplate, Brand, Medication, PrescriptionSet, SetLine
from shs.prescription.services import brand_imports
from shs.prescription.services.dispensing import Given, code_for, dispense, dispense_as


def prescription(case: Case, now: datetime) -> None:
    """Carol's prescription for Alice after a completed visit: a medicine and a test."""
    medicine = {"name": "Amoxicillin 500 mg", "dosage": "1", "frequency": "1+1+1", "duration_days": 7}
    entry = case.alice.medical_records.get(kind="allergy")
    case.prescription = services.prescribe(
        visit=case.past_visit,
        by=case.carol,
        written={"diagnosis": "acute tonsillitis", "vital_signs": {"pulse_bpm": 72}},
        medications=[medicine],
        tests=[{"name": "Haemoglobin"}],
        stopped=[{"name": "Ibuprofen", "reason": "it is not needed any more"}],
        reasons={f"allergy:{entry.pk}:amoxicillin-500-mg": "tolerated in 2024"},
        now=now,
    )


def brand(case: Case, now: datetime) -> None:
    """A brand, and a list of brands that waits to be checked."""
    paracetamol = Medication.objects.get_by_natural_key("paracetamol", "tablet", "500 mg")
    Brand.objects.create(name="Alivon", medication=paracetamol, form="tablet", strength="500 mg", maker="Shapla")
    content = b"brand,generic,strength,form\nAlivon,paracetamol,500 mg,tablet\n"
    brand_imports.begin(
        content=content, file_name="list.csv", source="A list", source_date=date(2026, 11, 1), by=case.frank
    )


def dispensing(case: Case, now: datetime) -> None:
    """A pharmacy has dispensed a part of it."""
    found = case.prescription
    line = found.lines.get()
    dispense(
        prescription=found,
        code=code_for(found, now),
        pharmacy="Lake Pharmacy",
        given={line.pk: Given("part", "10 capsules")},
        seen_before=False,
        now=now,
    )


def templates(case: Case, now: datetime) -> None:
    """Carol's set and advice, which she shares with her clinic."""
    shared = {"doctor": case.dr_carol, "clinic": case.clinic}
    case.set = PrescriptionSet.objects.create(title="Acute tonsillitis", tests="Haemoglobin", **shared)
    SetLine.objects.create(set=case.set, name="Paracetamol 500 mg", directions="1+1+1 after 3d")
    AdviceTemplate.objects.create(title="Fluids", text="Drink plenty of warm water.", **shared)


def registered(case: Case, now: datetime) -> None:
    """Judy's pharmacy dispenses the rest."""
    line = case.prescription.lines.get()
    given = {line.pk: Given("all")}
    dispense_as(prescription=case.prescription, by=case.judy, given=given, seen_before=False, now=now)


samples = [brand, prescription, dispensing, registered, templates]
