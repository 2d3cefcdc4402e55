"""Scheduled work of the verification."""

from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from shs.core.due.registry import due
from shs.credentialing import services
from shs.doctors.models import DoctorInformation, Verification


@due(
    "expire_licences",
    every=timedelta(minutes=15),
    label=_("Suspend doctors whose licence has expired"),
    out_of=DoctorInformation.objects.filter(verification_status=Verification.APPROVED).count,
)
def expire_licences(*, now: datetime, dry_run: bool = False) -> int:
    """End the verification of doctors whose licence has expired; returns their number."""
    return services.expire_licences(now=now, dry_run=dry_run)


@due("tell_expiring", every=timedelta(hours=6), label=_("Tell doctors that their licence is about to expire"))
def tell_expiring(*, now: datetime, dry_run: bool = False) -> int:
    """Run `services.tell_expiring`."""
    return services.tell_expiring(now=now, dry_run=dry_run)
