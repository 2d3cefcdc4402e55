"""Scheduled work of the symptom checker."""

from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from shs.core.due.registry import due
from shs.predict import changes, questions


@due(changes.MEASURE, every=timedelta(minutes=5), label=_("Measure what changes of red flags and words would miss"))
def measure_changes(*, now: datetime, dry_run: bool = False) -> int:
    """Run `changes.measure`."""
    return len(changes.unmeasured()) if dry_run else changes.measure()


@due(
    "delete_questions",
    every=timedelta(hours=6),
    label=_("Delete questions without names that nobody has judged"),
)
def delete_questions(*, now: datetime, dry_run: bool = False) -> int:
    """Run `questions.delete_over`."""
    return questions.over(now).count() if dry_run else questions.delete_over(now)
