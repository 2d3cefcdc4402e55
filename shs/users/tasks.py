"""Scheduled work on accounts: end suspensions, delete expired logins."""

from datetime import datetime, timedelta

from django.contrib.sessions.models import Session
from django.utils.translation import gettext_lazy as _

from shs.core.due.registry import due
from shs.users import services
from shs.users.models import RefreshToken


@due("reinstate_due", every=timedelta(minutes=5), label=_("Reinstate people whose suspension has ended"))
def reinstate_due(*, now: datetime, dry_run: bool = False) -> int:
    """Run `services.reinstate_due`."""
    return services.reinstate_due(now=now, dry_run=dry_run)


@due("forget_logins", every=timedelta(hours=1), label=_("Delete expired refresh tokens and sessions"))
def forget_logins(*, now: datetime, dry_run: bool = False) -> int:
    """Delete expired tokens; they are refused by their date anyway."""
    ended = [RefreshToken.objects.filter(expires_at__lt=now), Session.objects.filter(expire_date__lt=now)]
    return sum(rows.count() if dry_run else rows.delete()[0] for rows in ended)
