"""Screens for charts, and for who may read and who changed what."""

from shs.medical_record.admin.access import BreakGlassScreen, ObjectGrantScreen, ReadLogScreen
from shs.medical_record.admin.changes import changes_page
from shs.medical_record.admin.codes import ConditionCodeScreen
from shs.medical_record.admin.records import MedicalRecordScreen

__all__ = [
    "BreakGlassScreen",
    "ConditionCodeScreen",
    "MedicalRecordScreen",
    "ObjectGrantScreen",
    "ReadLogScreen",
    "changes_page",
]
