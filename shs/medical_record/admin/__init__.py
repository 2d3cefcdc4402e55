"""Screens for charts, condition codes and emergency access."""

from shs.core.admin.wording import KEY_WORDS
from shs.medical_record.admin.codes import ConditionCodeScreen
from shs.medical_record.admin.emergency import BreakGlassScreen
from shs.medical_record.admin.records import MedicalRecordScreen
from shs.medical_record.vital_signs import SIGNS

__all__ = [
    "BreakGlassScreen",
    "ConditionCodeScreen",
    "MedicalRecordScreen",
]

KEY_WORDS.update((sign.name, sign.label) for sign in SIGNS.values())
