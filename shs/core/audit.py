"""The read log: who saw what is not everybody's, in both doors, written before the answer is sent."""

from collections.abc import Sequence
from typing import Any

from shs.core.context import current
from shs.core.models import ReadLog


def log_read(
    reader: Any,
    *,
    what: str,
    ids: Sequence[int],
    subject: Any = None,
    basis: str = ReadLog.Basis.DUTY,
    note: str = "",
) -> None:
    """Write one line for one request: `reader` saw the rows `ids` of `what`, which are about the user `subject`."""
    context = current.get()
    ReadLog.objects.create(
        reader=reader if reader.is_authenticated else None,
        role=", ".join(sorted(reader.standings)) if reader.is_authenticated else "anonymous",
        subject=subject,
        what=what,
        ids=list(ids),
        basis=basis,
        note=note[:255],
        door=context.request.path[:200] if context else "command",
    )
