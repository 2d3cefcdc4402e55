"""Scheduled work on visits."""

from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from shs.appointment import services
from shs.appointment.models import OFFER, Appointment, Status
from shs.core.due.registry import due


@due(
    "mark_missed",
    every=timedelta(minutes=5),
    label=_("Mark visits as missed when the patient did not come and the doctor was there"),
    out_of=Appointment.objects.live().count,
)
def mark_missed(*, now: datetime, dry_run: bool = False) -> int:
    """Run `services.mark_missed`."""
    return services.mark_missed(now=now, dry_run=dry_run)


@due(
    "find_without_doctor",
    every=timedelta(minutes=5),
    label=_("List visits whose doctor is away, suspended or without a licence"),
    out_of=Appointment.objects.live().count,
)
def find_without_doctor(*, now: datetime, dry_run: bool = False) -> int:
    """Run `services.find_without_doctor`."""
    return services.find_without_doctor(now=now, dry_run=dry_run)


@due(
    "end_unanswered",
    every=timedelta(minutes=5),
    label=_("Cancel requests for visits that nobody answered in time"),
    out_of=Appointment.objects.filter(status=Status.PENDING).count,
)
def end_unanswered(*, now: datetime, dry_run: bool = False) -> int:
    """Run `services.end_unanswered`."""
    return services.end_unanswered(now=now, dry_run=dry_run)


@due(
    OFFER,
    every=timedelta(minutes=1),
    label=_("Offer free times to patients who want to come earlier"),
)
def offer_earlier(*, now: datetime, dry_run: bool = False) -> int:
    """Run `services.offer_earlier`."""
    return services.offer_earlier(now=now, dry_run=dry_run)
