"""Writes the read log: who read personal data in the admin and the API, before the answer is sent."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Count, Max, Min, Model, QuerySet

from shs.core.caller import Caller
from shs.core.context import current
from shs.core.grants.table import is_member
from shs.core.log import without_codes
from shs.core.queries import KeptInsert
from shs.core.reads.models import MOST_IDS, ReadLog, Span

Read = TypeVar("Read", bound=Model)
LINE = KeptInsert(ReadLog)


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
    LINE.add(_line(reader, what, ids, subject.pk if subject else None, basis, note))


def log_denied(reader: Caller, *, what: str, ids: Sequence[int] = (), subject: Caller, now: datetime) -> None:
    """Write that `reader` was refused data about `subject`; further refusals in the same hour are counted in the first
    one's line. Not inside a transaction that the refusal rolls back."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    with transaction.atomic():
        # Under a lock of the reader, so that of two requests at once only one writes the line.
        if reader.pk is not None:
            get_user_model()._base_manager.select_for_update(of=("self",)).values_list("pk").get(pk=reader.pk)
        rows = ReadLog.objects.filter(reader=reader.pk, subject=subject.pk, basis=ReadLog.Basis.DENIED, at__gte=hour)
        first = rows.order_by("at").values_list("pk", flat=True).first()
        if first is None:
            _line(reader, what, ids, subject.pk, ReadLog.Basis.DENIED, "").save(force_insert=True)
        else:
            ReadLog.objects.denied_again(first)


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


def log_rows(reader: Caller, *, what: str, rows: QuerySet[Read], note: str = "") -> tuple[ReadLog, QuerySet[Read]]:
    """As `log_read`, for any number of rows: the line has their ids, or, of more than MOST_IDS rows, the lowest and the
    highest id and the number of rows. Returns the line and its rows, to which none is added later."""
    span = rows.order_by().aggregate(first=Min("pk"), last=Max("pk"), count=Count("pk"))
    line = _line(reader, what, [], None, ReadLog.Basis.DUTY, note)
    if span["count"] > MOST_IDS:
        line.ids = Span(first=span["first"], last=span["last"], count=span["count"])
        rows = rows.filter(pk__range=(span["first"], span["last"]))
    else:
        line.ids = list(rows.order_by("pk").values_list("pk", flat=True))
        rows = rows.filter(pk__in=line.ids)
    line.save(force_insert=True)
    return line, rows


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
        path=without_codes(context.request.path)[:200] if context else "command",
    )
