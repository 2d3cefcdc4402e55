"""Seals of the read log: a chain of digests that shows whether a line was changed, removed or added later."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction

from shs.core.reads.models import AuditSeal, ReadLog

BATCH = 500
SETTLING = timedelta(minutes=2)
"""A line gets its id before its transaction ends: a seal waits until no lower id can still appear (a transaction is cut
off after 30 s)."""
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
    """Where the log is not what was sealed: `line` is the id of the first such line."""

    line: int
    seal: int
    what: str


def unsealed(now: datetime) -> Any:
    """The lines that have settled and have no seal, the oldest first."""
    last = AuditSeal.objects.order_by("-to_id").first()
    return ReadLog.objects.filter(at__lt=now - SETTLING, id__gt=last.to_id if last else 0).order_by("id")


def seal(*, now: datetime) -> int:
    """Seal the lines that have settled and have no seal, in batches; how many lines. Of two that run at once one seals
    a batch: there is one seal on each seal."""
    sealed = 0
    while True:
        try:
            with transaction.atomic():
                lines = _seal_batch(now)
        except IntegrityError:
            return sealed  # another process is at it
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
    """The first line that was changed, taken out or put in since it was sealed; None where the log is whole.

    Who can write to the database could also cut off the last seals with their lines: keep the last digest elsewhere.
    """
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
    """Each line's id with the digest of all that it says."""
    return [[row["id"], _digest_of(row)] for row in rows.values(*COLUMNS)]


def _digest_of(row: dict[str, Any]) -> str:
    said = {**row, "at": row["at"].astimezone(UTC).isoformat(timespec="microseconds")}
    text = json.dumps(said, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _chained(previous: str, lines: list[list[Any]]) -> str:
    text = json.dumps([previous, lines], separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
