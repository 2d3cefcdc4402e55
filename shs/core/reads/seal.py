"""Seals the read log with a chain of digests, made with a key that is not in the database, so that changed, removed and
added lines are found later (see verify.py)."""

import logging
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from shs.core.errors import Refused
from shs.core.reads.digests import Sealing, UnknownKey, digests, note_digest, noted_digest, present_key
from shs.core.reads.models import FIRST_KEYED_SEAL, AuditSeal, ReadLog, ReadLogQuerySet

log = logging.getLogger("shs.audit")

BATCH = 500
SETTLING = timedelta(minutes=2)
"""Only lines older than this are sealed. A line gets its id before its transaction ends (at most 30 s later), so a line
with a lower id may still appear."""


class SealsBroken(Refused):
    """The seals have been changed; sealing new lines after them would hide that."""


def last_seal() -> AuditSeal | None:
    """The newest seal."""
    return AuditSeal.objects.order_by("-to_id").first()


def unsealed(now: datetime) -> ReadLogQuerySet:
    """The lines that are old enough and not sealed yet, oldest first."""
    last, settled = last_seal(), now - SETTLING
    rows = ReadLog.objects.filter(at__lt=settled, id__gt=last.to_id if last else 0).order_by("id")
    # Refusals are counted in one line an hour: it is sealed, with all after it, when its hour has passed.
    hour = settled.replace(minute=0, second=0, microsecond=0)
    counting = ReadLog.objects.filter(basis=ReadLog.Basis.DENIED, at__gte=hour).order_by("id").values_list("id").first()
    return rows.filter(id__lt=counting[0]) if counting else rows


def seal(*, now: datetime) -> int:
    """Seal new lines in batches; returns their number. If two processes run, each batch is sealed by one of them,
    because a seal has at most one successor.

    The last digest is logged, and appended to AUDIT_DIGEST_FILE. Raises SealsBroken if the last seal is not the one in
    that file or does not match its own digest, and OSError if the file cannot be written.
    """
    _require_whole()
    _mark_first_key()
    sealed = 0
    try:
        while lines := _seal_batch(now):
            sealed += lines
    except IntegrityError:
        pass  # another process has sealed this batch
    last = last_seal()
    if last:
        note_digest(last)
    if last and sealed:
        log.info("The read log is sealed up to line %s, digest %s", last.to_id, last.digest)
    return sealed


def _require_whole() -> None:
    noted, last = noted_digest(), last_seal()
    if noted and not AuditSeal.objects.filter(digest=noted).exists():
        raise SealsBroken("The seal that was noted last in AUDIT_DIGEST_FILE is missing. Run manage.py verify_audit.")
    try:
        if last and last.digest != Sealing.of(last).digest():
            raise SealsBroken("The last seal was changed. Run manage.py verify_audit.")
    except UnknownKey:
        return  # verify_audit reports this


def _mark_first_key() -> None:
    """If no seal has a key yet and AUDIT_KEYS is new, write a line, so that there is something to seal with it soon
    even if nobody reads anything."""
    last = last_seal()
    if last and not last.key and present_key() and not ReadLog.objects.filter(id__gt=last.to_id).exists():
        ReadLog(role="system", what=FIRST_KEYED_SEAL, basis=ReadLog.Basis.DUTY, path="command").save()


@transaction.atomic
def _seal_batch(now: datetime) -> int:
    lines = digests(unsealed(now)[:BATCH])
    if not lines:
        return 0
    last = last_seal()
    made = Sealing(
        key=present_key(),
        sealed_at=now,
        from_id=last.to_id + 1 if last else 1,
        to_id=lines[-1][0],
        previous=last.digest if last else "",
        lines=lines,
    )
    AuditSeal.objects.create(**made._asdict(), digest=made.digest())
    return len(lines)
