"""Named subsets of the visits, used by both the list's tabs and the dashboards' numbers."""

from datetime import datetime, time, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shs.appointment.models import LIVE, Status, on_day
from shs.core.admin.tabs import Tab
from shs.users.models import User

LATELY_DAYS = 30


def _midnight(days: int = 0) -> datetime:
    """Midnight so many days from today, in the clinic's zone."""
    return timezone.make_aware(datetime.combine(timezone.localdate() + timedelta(days=days), time.min))


def today(user: User) -> Q:
    """The visits of today, in the clinic's zone."""
    return on_day(timezone.localdate())


def still_today(user: User) -> Q:
    """Today's visits that have started or are to come."""
    return today(user) & Q(status__in=LIVE, ends_at__gt=timezone.now())


def unconfirmed_tomorrow(user: User) -> Q:
    """Tomorrow's visits that are not confirmed."""
    return on_day(timezone.localdate() + timedelta(days=1)) & Q(status=Status.PENDING)


def over_lately(user: User) -> Q:
    """Visits of the last LATELY_DAYS days that were completed or missed."""
    return Q(starts_at__gte=_midnight(-LATELY_DAYS), status__in=[Status.COMPLETED, Status.MISSED])


def missed_lately(user: User) -> Q:
    """Visits of the last LATELY_DAYS days that were missed."""
    return Q(starts_at__gte=_midnight(-LATELY_DAYS), status=Status.MISSED)


QUIET = [
    Tab("still_today", _("Now and next"), still_today, quiet=True),
    Tab("unconfirmed_tomorrow", _("Unconfirmed tomorrow"), unconfirmed_tomorrow, quiet=True),
    Tab("over_lately", _("Completed or missed, 30 days"), over_lately, quiet=True),
    Tab("missed_lately", _("Missed, 30 days"), missed_lately, quiet=True),
]
