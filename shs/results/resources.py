"""Export of results."""

from shs.core.admin.resources import Columns
from shs.results.models import Result


class ResultColumns(Columns):
    """Results, export only: clinical rows are never imported."""

    class Meta:
        model = Result
        fields = (
            "id",
            "patient__name",
            "kind",
            "title",
            "taken_on",
            "laboratory",
            "source",
            "finding",
            "status",
            "doctor__name",
        )
        export_order = fields
