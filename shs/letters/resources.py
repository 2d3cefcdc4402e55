"""Export of letters."""

from shs.core.admin.resources import Columns
from shs.letters.models import Letter


class LetterColumns(Columns):
    """Letters, export only: clinical rows are never imported."""

    class Meta:
        model = Letter
        fields = ("id", "visit__number", "kind", "patient", "doctor", "issued_at", "status", "status_reason")
        export_order = fields
