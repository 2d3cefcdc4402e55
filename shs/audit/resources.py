"""Export of the read log."""

from shs.core.admin.resources import Columns
from shs.core.reads.models import ReadLog


class ReadColumns(Columns):
    """The read log, for auditors: who read about whom, when, what, on which basis and why."""

    in_words = ("basis",)

    class Meta:
        model = ReadLog
        fields = (
            "id",
            "at",
            "reader__name",
            "reader__email",
            "role",
            "subject__name",
            "subject",
            "what",
            "basis",
            "note",
            "times",
            "ids",
            "path",
            "address",
        )
        export_order = fields
