"""Import and export of codes, export of entries."""

from shs.core.admin.resources import Columns
from shs.medical_record.models import ConditionCode, MedicalRecord


class CodeColumns(Columns):
    """Condition codes; the code identifies a row."""

    class Meta:
        model = ConditionCode
        import_id_fields = ("code",)
        fields = ("code", "title", "source")
        export_order = fields


class RecordColumns(Columns):
    """Entries of charts, export only: clinical rows are never imported."""

    class Meta:
        model = MedicalRecord
        fields = (
            "id",
            "patient",
            "kind",
            "title",
            "code__code",
            "severity",
            "status",
            "onset_date",
            "source",
            "recorded_by",
            "recorded_at",
        )
        export_order = fields
