"""Scheduled work on charts."""

from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from shs.core.due.registry import due
from shs.medical_record import notes
from shs.medical_record.models import VisitDraft


@due(
    "forget_drafts",
    every=timedelta(minutes=5),
    label=_("Delete drafts of notes of cancelled visits, and those that nobody can sign any more"),
    out_of=VisitDraft.objects.count,
)
def forget_drafts(*, now: datetime, dry_run: bool = False) -> int:
    """Run `notes.forget_drafts`."""
    return notes.forget_drafts(now=now, dry_run=dry_run)
