"""A sample row of each model, for the generated tests."""

from datetime import datetime

from shs.core.discovery import Case
from shs.medical_record import services
from shs.medical_record.models import ConditionCode, MedicalRecord


def chart(case: Case, now: datetime) -> None:
    """A condition code, Alice's allergy, and Wendy's emergency access to Bob's chart."""
    ConditionCode.objects.create(code="Z99.99", title="A code of the tests", source="the tests")
    entry = MedicalRecord(patient=case.alice, kind="allergy", title="Penicillin", severity="severe")
    case.entry = services.record(entry=entry, by=case.carol, now=now)
    reason = "unconscious in the emergency room"
    case.broken_glass = services.break_glass(doctor=case.wendy, patient=case.bob, reason=reason, now=now)


samples = [chart]
