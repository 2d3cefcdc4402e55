"""Seals of the read log: a chain of digests that shows whether a line was changed, removed or added later."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction

from shs.core.reads.models import AuditSeal, ReadLog

BATCH = 500
SETTLING = timedelta(minutes=2)
"""How old lines must be to be sealed. A line gets its id before its transaction ends (at most after 30 s), so a lower
id may still appear."""
COLUMNS = (
    "id",
    "at",
    "reader_id",
    "role",
    "subject_id",
    "what",
    "ids",
    "basis",
    "note",
    "path",
    "address",
    "request",
)


class Break(NamedTuple):
    """A difference between the log and its seals; `line` is the id of the first line that differs."""

    line: int
    seal: int
    what: str


def unsealed(now: datetime) -> Any:
    """The lines that are old enough and not sealed yet, oldest first."""
    last = AuditSeal.objects.order_by("-to_id").first()
    return ReadLog.objects.filter(at__lt=now - SETTLING, id__gt=last.to_id if last else 0).order_by("id")


def seal(*, now: datetime) -> int:
    """Seal new lines in batches; returns their number. If two processes run, each batch is sealed by one of them, since
    a seal has at most one successor."""
    sealed = 0
    while True:
        try:
            with transaction.atomic():
                lines = _seal_batch(now)
        except IntegrityError:
            return sealed  # another process has sealed this batch
        if not lines:
            return sealed
        sealed += lines


def _seal_batch(now: datetime) -> int:
    lines = _digests(unsealed(now)[:BATCH])
    if lines:
        last = AuditSeal.objects.order_by("-to_id").first()
        previous = last.digest if last else ""
        AuditSeal.objects.create(
            sealed_at=now,
            from_id=last.to_id + 1 if last else 1,
            to_id=lines[-1][0],
            lines=lines,
            previous=previous,
            digest=_chained(previous, lines),
        )
    return len(lines)


def verify() -> Break | None:
    """The first line that was changed, removed or added since it was sealed; None if there is none. Somebody with write
    access to the database can also delete the last seals with their lines, so keep the last digest elsewhere."""
    previous, next_id = "", 1
    for row in AuditSeal.objects.order_by("to_id").iterator():
        if row.previous != previous or row.from_id != next_id:
            return Break(next_id, row.pk, "a seal is missing")
        if row.digest != _chained(previous, row.lines):
            return Break(row.from_id, row.pk, "the seal was changed")
        if found := _compare(row):
            return found
        previous, next_id = row.digest, row.to_id + 1
    return None


def _compare(row: AuditSeal) -> Break | None:
    kept = dict(row.lines)
    present = dict(_digests(ReadLog.objects.filter(id__range=(row.from_id, row.to_id)).order_by("id")))
    for pk in sorted(kept.keys() | present.keys()):
        if kept.get(pk) != present.get(pk):
            what = "missing" if pk not in present else "changed" if pk in kept else "put in later"
            return Break(pk, row.pk, what)
    return None


def _digests(rows: Any) -> list[list[Any]]:
    """Line id → digest of all of its columns."""
    return [[row["id"], _digest_of(row)] for row in rows.values(*COLUMNS)]


def _digest_of(row: dict[str, Any]) -> str:
    said = {**row, "at": row["at"].astimezone(UTC).isoformat(timespec="microseconds")}
    text = json.dumps(said, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _chained(previous: str, lines: list[list[Any]]) -> str:
    text = json.dumps([previous, lines], separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
