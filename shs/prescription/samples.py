"""A row of each model of prescriptions, for tests that try every row."""

from datetime import datetime
from typing import Any

from shs.prescription import services


def prescription(case: Any, now: datetime) -> None:
    """What Carol prescribed Alice after the visit that took place: a medicine and a test."""
    medicine = {"name": "Amoxicillin 500 mg", "dosage": "1", "frequency": "1+1+1", "duration_days": 7}
    case.prescription = services.prescribe(
        visit=case.past_visit,
        by=case.carol,
        written={"diagnosis": "acute tonsillitis", "vital_signs": {"pulse_bpm": 72}},
        medications=[medicine],
        tests=[{"name": "Haemoglobin"}],
        reasons={},
        now=now,
    )


samples = [prescription]
