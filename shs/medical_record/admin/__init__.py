"""Screens for charts, condition codes and emergency access."""

from shs.medical_record.admin.codes import ConditionCodeScreen
from shs.medical_record.admin.emergency import BreakGlassScreen
from shs.medical_record.admin.records import MedicalRecordScreen

__all__ = [
    "BreakGlassScreen",
    "ConditionCodeScreen",
    "MedicalRecordScreen",
]
