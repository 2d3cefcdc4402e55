"""Scheduled work on visits."""

from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from shs.appointment import services
from shs.appointment.models import Appointment
from shs.core.due.registry import due


@due(
    "mark_missed",
    every=timedelta(minutes=5),
    label=_("Mark visits as missed when their time has passed"),
    out_of=Appointment.objects.live().count,
)
def mark_missed(*, now: datetime, dry_run: bool = False) -> int:
    """Run `services.mark_missed`."""
    return services.mark_missed(now=now, dry_run=dry_run)
