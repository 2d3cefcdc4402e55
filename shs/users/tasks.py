"""Accounts by the clock: suspensions that end, and logins that have."""

from datetime import datetime, timedelta

from django.contrib.sessions.models import Session
from django.utils.translation import gettext_lazy as _

from shs.core.due.registry import due
from shs.users import services
from shs.users.models import RefreshToken


@due("reinstate_due", every=timedelta(minutes=5), label=_("Reinstate people whose suspension has ended"))
def reinstate_due(*, now: datetime, dry_run: bool = False) -> int:
    """As `services.reinstate_due`."""
    return services.reinstate_due(now=now, dry_run=dry_run)


@due("forget_logins", every=timedelta(hours=1), label=_("Delete expired refresh tokens and sessions"))
def forget_logins(*, now: datetime, dry_run: bool = False) -> int:
    """A token that has ended is refused by its own date: its row says nothing more."""
    ended = [RefreshToken.objects.filter(expires_at__lt=now), Session.objects.filter(expire_date__lt=now)]
    return sum(rows.count() if dry_run else rows.delete()[0] for rows in ended)
