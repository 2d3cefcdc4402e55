"""What is known of a patient when something is issued to them: weight and allergies, for the paper."""

from datetime import datetime, timedelta
from typing import TypedDict

from django.utils import timezone

from shs.medical_record.models import MedicalRecord
from shs.medical_record.permissions import may_write_chart
from shs.users.models import User

WEIGHED_WITHIN = timedelta(days=90)
"""A weight that is older is not printed: a child has grown since."""


class Known(TypedDict, total=False):
    """What a paper says of the patient beside the names. `weighed_on`, `asked_on`: days as YYYY-MM-DD; `asked_on` is
    the day on which no allergies were known. What is not known, or not to be read by whoever prescribes, is missing."""

    weight_kg: float
    weighed_on: str
    allergies: list[str]
    asked_on: str


def known_of(patient: User, doctor: User, *, is_confidential: bool, now: datetime) -> Known:
    """What the chart says at `now`, if it is open to `doctor`. What a doctor has marked as confidential is not on a
    paper that guardians see. One query."""
    if not may_write_chart(doctor, patient, now):
        return {}
    kinds = MedicalRecord.Kind
    rows = MedicalRecord.objects.active().seen(in_full=is_confidential).filter(patient=patient)
    rows = rows.filter(kind__in=[kinds.ALLERGY, kinds.NO_ALLERGIES, kinds.VITAL_SIGNS])
    found: Known = {}
    allergies, asked = [], ""
    for kind, title, signs, at in rows.order_by("-recorded_at", "-pk").values_list(
        "kind", "title", "vital_signs", "recorded_at"
    ):
        day = timezone.localdate(at).isoformat()
        if kind == kinds.ALLERGY:
            allergies.append(title)
        elif kind == kinds.NO_ALLERGIES:
            asked = asked or day
        elif signs and "weight_kg" in signs and "weight_kg" not in found and at > now - WEIGHED_WITHIN:
            found["weight_kg"], found["weighed_on"] = signs["weight_kg"], day
    if allergies:
        found["allergies"] = list(dict.fromkeys(reversed(allergies)))
    elif asked:
        found["asked_on"] = asked
    return found
