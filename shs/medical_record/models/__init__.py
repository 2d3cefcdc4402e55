"""Entries of a patient's chart, codes of conditions, and emergency access to a chart."""

from shs.medical_record.models.code import ConditionCode
from shs.medical_record.models.emergency import BreakGlass, Review
from shs.medical_record.models.entry import (
    TITLED_BY_KIND,
    Kind,
    MedicalRecord,
    MedicalRecordQuerySet,
    Severity,
    Source,
    Status,
)
from shs.medical_record.models.note import PARTS, NotePart, VisitDraft, VisitDraftQuerySet, VisitNote

__all__ = [
    "PARTS",
    "TITLED_BY_KIND",
    "BreakGlass",
    "ConditionCode",
    "Kind",
    "MedicalRecord",
    "MedicalRecordQuerySet",
    "NotePart",
    "Review",
    "Severity",
    "Source",
    "Status",
    "VisitDraft",
    "VisitDraftQuerySet",
    "VisitNote",
]
