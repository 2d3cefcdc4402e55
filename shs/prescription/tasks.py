"""Scheduled work of the catalogue."""

from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from shs.core.due.registry import due
from shs.prescription.services import brand_imports


@due(brand_imports.JOB, every=timedelta(minutes=5), label=_("Check and store lists of brands that were uploaded"))
def import_brands(*, now: datetime, dry_run: bool = False) -> int:
    """Run `brand_imports.work`."""
    return brand_imports.waiting().count() if dry_run else brand_imports.work(now=now)
