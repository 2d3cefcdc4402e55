"""Scheduled work on results."""

from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from shs.core.due.registry import due
from shs.results import telling


@due("remind_of_tests", every=timedelta(hours=6), label=_("Remind patients of ordered tests without a result"))
def remind_of_tests(*, now: datetime, dry_run: bool = False) -> int:
    """Run `telling.remind`."""
    return telling.remind(now=now, dry_run=dry_run)
