"""Writes the read log: who read personal data in the admin and the API, before the answer is sent."""

from collections.abc import Iterable, Mapping, Sequence

from shs.core.caller import Caller
from shs.core.context import current
from shs.core.grants.table import is_member
from shs.core.reads.models import ReadLog


def log_read(
    reader: Caller,
    *,
    what: str,
    ids: Sequence[int],
    subject: Caller | None = None,
    basis: str = ReadLog.Basis.DUTY,
    note: str = "",
) -> None:
    """Write one line for one request: `reader` read the rows `ids` of `what`, which are about the user `subject`."""
    _line(reader, what, ids, subject.pk if subject else None, basis, note).save(force_insert=True)


def log_reads(
    reader: Caller, *, what: str, rows: Iterable[tuple[int | None, Sequence[int], str]], note: str = ""
) -> None:
    """As `log_read`, for a request that shows rows about several people: one line for each of `rows` (person's id, row
    ids, basis), in one insert."""
    ReadLog.objects.bulk_create([_line(reader, what, ids, subject, basis, note) for subject, ids, basis in rows])


def log_page(reader: Caller, *, shown: Mapping[str, Sequence[int]], subject: Caller, basis: str) -> None:
    """Like `log_read`, for a page that shows rows of several kinds about one person: a line for each kind (what → the
    ids), in one insert."""
    lines = [_line(reader, what, ids, subject.pk, basis, "") for what, ids in shown.items()]
    ReadLog.objects.bulk_create(lines)


def _line(reader: Caller, what: str, ids: Sequence[int], subject_id: int | None, basis: str, note: str) -> ReadLog:
    context = current.get()
    return ReadLog(
        reader=reader if reader.is_authenticated else None,
        role=", ".join(sorted(reader.roles_held))[:100] if is_member(reader) else "anonymous",
        subject_id=subject_id,
        what=what,
        ids=list(ids),
        basis=basis,
        note=note[:255],
        path=context.request.path[:200] if context else "command",
    )
