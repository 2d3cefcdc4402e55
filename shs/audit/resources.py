"""Export of the read log."""

from shs.core.admin.resources import Columns
from shs.core.reads.models import ReadLog


class ReadColumns(Columns):
    """The read log, for auditors."""

    class Meta(Columns.Meta):
        model = ReadLog
        fields = ("id", "at", "reader__email", "role", "subject", "what", "ids", "basis", "note", "path", "address")
        export_order = fields
