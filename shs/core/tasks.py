"""Core's jobs: end expired grants, seal the read log, delete old rows, make backups."""

from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _

from shs.core.api.models import KeptAnswer
from shs.core.backup.services import take
from shs.core.cache import CacheEntry
from shs.core.due.models import JobRun
from shs.core.due.registry import due
from shs.core.due.rows import one_by_one
from shs.core.grants.held import end_grant
from shs.core.grants.models import ObjectGrant
from shs.core.grants.shares import count_over, end_over
from shs.core.limits import counting
from shs.core.reads import seal

ANSWERS_KEPT = timedelta(hours=24)
RUNS_KEPT = timedelta(days=14)


@due(
    "end_grants",
    every=timedelta(minutes=5),
    label=_("Remove consents, emergency access, claims and shared rights that have expired"),
)
def end_grants(*, now: datetime, dry_run: bool = False) -> int:
    """Expired grants give no permission anyway; this records their end in the history. To guardian, a shared right is
    one until its row is deleted."""
    ended = ObjectGrant.objects.filter(expires_at__lte=now)
    if dry_run:
        return ended.count() + count_over(now)
    return one_by_one(ended, lambda grant: end_grant(grant, reason="ended")) + end_over(now)


@due("seal_audit", every=timedelta(hours=1), label=_("Seal the new lines of the read log"))
def seal_audit(*, now: datetime, dry_run: bool = False) -> int:
    """Run `seal.seal`."""
    return seal.unsealed(now).count() if dry_run else seal.seal(now=now)


@due("forget_answers", every=timedelta(hours=1), label=_("Delete stored answers for repeated requests after a day"))
def forget_answers(*, now: datetime, dry_run: bool = False) -> int:
    """Delete old answers to requests with an Idempotency-Key."""
    return _forget(KeptAnswer.objects.filter(created_at__lt=now - ANSWERS_KEPT), dry_run)


@due("forget_counts", every=timedelta(hours=1), label=_("Delete request counts of past hours"))
def forget_counts(*, now: datetime, dry_run: bool = False) -> int:
    """Delete the counts of past hours, and expired entries of the database cache; Redis does that by itself."""
    cached = 0 if settings.REDIS_URL else _forget(CacheEntry.objects.filter(expires__lt=now), dry_run)
    return cached + counting.forget(now=now, dry_run=dry_run)


@due("forget_runs", every=timedelta(days=1), label=_("Delete the log of scheduled jobs after two weeks"))
def forget_runs(*, now: datetime, dry_run: bool = False) -> int:
    """Delete old runs of jobs."""
    return _forget(JobRun.objects.filter(finished_at__lt=now - RUNS_KEPT), dry_run)


def _forget(rows: QuerySet[Model], dry_run: bool) -> int:
    """Delete `rows` of a model without history; returns their number."""
    return rows.count() if dry_run else rows.delete()[0]


def backup(*, now: datetime, dry_run: bool = False) -> int:
    """Make a backup in BACKUP_DIR."""
    if not dry_run:
        take(to=Path(settings.BACKUP_DIR), now=now)
    return 1


if settings.BACKUP_DIR:
    due("backup", every=timedelta(days=1), label=_("Back up the database and the uploads"))(backup)
