"""Compares the read log with its seals, and the seals with a digest stored outside of the database."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings

from shs.core.reads.digests import Sealing, UnknownKey, digests, noted_digest
from shs.core.reads.models import AuditSeal, ReadLog
from shs.core.reads.seal import unsealed

LATE = timedelta(hours=3)
"""Lines are sealed every hour. A seal made this much later may have replaced another one."""


class Break(NamedTuple):
    """A difference between the log and its seals; `line` is the id of the first line that differs, `seal` that of its
    seal (0: it has none)."""

    line: int
    seal: int
    what: str


class Verdict(NamedTuple):
    """The result of a verification. `unkeyed` is the number of seals made before AUDIT_KEYS was set, the last of which
    ends with line `unkeyed_to`; `late` that of seals made hours after their lines; `last` is the newest digest."""

    broken: Break | None = None
    seals: int = 0
    unkeyed: int = 0
    unkeyed_to: int = 0
    late: int = 0
    last: str = ""


def verify(*, now: datetime, last: str = "") -> Verdict:
    """Check every line that was sealed until `now`. `last` is a digest from a mail, a log or a file: its seal must
    still exist, and so must the one in AUDIT_DIGEST_FILE. Raises OSError."""
    sought = {digest for digest in (last, noted_digest()) if digest}
    verdict, next_id = Verdict(), 1
    for row in AuditSeal.objects.order_by("to_id").iterator():
        found = next(_faults(row, verdict, next_id), None)
        if found:
            return verdict._replace(broken=found)
        sought.discard(row.digest)
        verdict, next_id = _counted(verdict, row), row.to_id + 1
    return verdict._replace(broken=next(_faults_at_the_end(verdict, next_id, sought, now), None))


def _faults(row: AuditSeal, verdict: Verdict, next_id: int) -> Iterator[Break]:
    """The problems of one seal, which follows those counted in `verdict`, and of its lines."""
    if row.previous != verdict.last or row.from_id != next_id:
        yield Break(next_id, row.pk, "a seal is missing")
    if not row.key and verdict.seals > verdict.unkeyed:
        yield Break(row.from_id, row.pk, "sealed without a key, after seals with one")
    try:
        if row.digest != Sealing.of(row).digest():
            yield Break(row.from_id, row.pk, "the seal was changed")
    except UnknownKey:
        yield Break(row.from_id, row.pk, f"AUDIT_KEYS has no key {row.key!r}, by which it is sealed")
    kept = dict(row.lines)
    present = dict(digests(ReadLog.objects.filter(id__range=(row.from_id, row.to_id)).order_by("id")))
    for pk in sorted(kept.keys() | present.keys()):
        if kept.get(pk) != present.get(pk):
            yield Break(pk, row.pk, "missing" if pk not in present else "changed" if pk in kept else "added later")


def _counted(verdict: Verdict, row: AuditSeal) -> Verdict:
    first = ReadLog.objects.filter(id__gte=row.from_id).order_by("id").values_list("at", flat=True).first()
    return verdict._replace(
        seals=verdict.seals + 1,
        unkeyed=verdict.unkeyed + (not row.key),
        unkeyed_to=verdict.unkeyed_to if row.key else row.to_id,
        late=verdict.late + bool(first and row.sealed_at - first > LATE),
        last=row.digest,
    )


def _faults_at_the_end(verdict: Verdict, next_id: int, sought: set[str], now: datetime) -> Iterator[Break]:
    """The problems after the last seal."""
    for digest in sorted(sought):
        yield Break(next_id, 0, f"no seal has the digest {digest}: seals were removed, or everything was sealed anew")
    if settings.AUDIT_KEYS and verdict.seals and verdict.unkeyed == verdict.seals:
        yield Break(next_id, 0, "no seal has a key, and AUDIT_KEYS is set (if it is new, wait until the next sealing)")
    forgotten = unsealed(now - LATE).values_list("id", flat=True).first()
    if forgotten:
        yield Break(forgotten, 0, "not sealed for more than three hours")
