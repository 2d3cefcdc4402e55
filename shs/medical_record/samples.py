"""A sample row of each model, for the generated tests."""

from datetime import datetime

from shs.core.discovery import Case
from shs.medical_record import notes, services
from shs.medical_record.models import ConditionCode, MedicalRecord


def chart(case: Case, now: datetime) -> None:
    """A condition code, Alice's allergy, written in her visit, and Wendy's emergency access to Bob's chart."""
    ConditionCode.objects.create(code="Z99.99", title="A code of the tests", source="the tests")
    entry = MedicalRecord(patient=case.alice, kind="allergy", title="Penicillin", severity="severe", visit=case.visit)
    case.entry = services.record(entry=entry, by=case.carol, now=now)
    reason = "unconscious in the emergency room"
    case.broken_glass = services.break_glass(doctor=case.wendy, patient=case.bob, reason=reason, now=now)


def consultation(case: Case, now: datetime) -> None:
    """Carol's signed note of Alice's past visit, and her draft of another one."""
    written = notes.Written({"complaint": "sore throat", "assessment": "acute tonsillitis"})
    case.visit_note = notes.sign(visit=case.past_visit, by=case.carol, written=written, seen=None, now=now)
    other = case.take_place(days=5)
    case.visit_draft = notes.save_draft(visit=other, by=case.carol, typed={"plan": ["ask"]}, seen=0, now=now)


samples = [chart, consultation]
