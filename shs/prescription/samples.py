"""A sample row of each model, for the generated tests."""

from datetime import datetime

from shs.core.discovery import Case
from shs.prescription import services


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
        reasons={f"allergy:{entry.pk}:amoxicillin-500-mg": "tolerated in 2024"},
        now=now,
    )


samples = [prescription]
