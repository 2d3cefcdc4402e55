"""Entries of a patient's chart, codes of conditions, and emergency access to a chart."""

from shs.medical_record.models.code import ConditionCode
from shs.medical_record.models.emergency import BreakGlass, Review
from shs.medical_record.models.entry import Kind, MedicalRecord, MedicalRecordQuerySet, Severity, Source, Status

__all__ = [
    "BreakGlass",
    "ConditionCode",
    "Kind",
    "MedicalRecord",
    "MedicalRecordQuerySet",
    "Review",
    "Severity",
    "Source",
    "Status",
]
