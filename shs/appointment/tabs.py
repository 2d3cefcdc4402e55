"""Parts of the visits that the tabs of their list and the numbers of the dashboards name, so that both agree."""

from datetime import datetime, time, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shs.appointment.models import LIVE, Status, on_day
from shs.core.admin.tabs import Tab
from shs.users.models import User

LATELY_DAYS = 30


def _midnight(days: int = 0) -> datetime:
    """The beginning of the day in so many days, in the clinic's zone."""
    return timezone.make_aware(datetime.combine(timezone.localdate() + timedelta(days=days), time.min))


def today(user: User) -> Q:
    """The visits of today, in the clinic's zone."""
    return on_day(timezone.localdate())


def still_today(user: User) -> Q:
    """Those of today that have begun or are to come."""
    return today(user) & Q(status__in=LIVE, ends_at__gt=timezone.now())


def unconfirmed_tomorrow(user: User) -> Q:
    """Those of tomorrow that nobody has confirmed."""
    return on_day(timezone.localdate() + timedelta(days=1)) & Q(status=Status.PENDING)


def over_lately(user: User) -> Q:
    """Those of the last LATELY_DAYS days of which it is known whether the patient came."""
    return Q(starts_at__gte=_midnight(-LATELY_DAYS), status__in=[Status.COMPLETED, Status.MISSED])


def missed_lately(user: User) -> Q:
    """Those of the last LATELY_DAYS days to which nobody came."""
    return Q(starts_at__gte=_midnight(-LATELY_DAYS), status=Status.MISSED)


QUIET = [
    Tab("still_today", _("Now and next"), still_today, quiet=True),
    Tab("unconfirmed_tomorrow", _("Unconfirmed tomorrow"), unconfirmed_tomorrow, quiet=True),
    Tab("over_lately", _("Completed or missed, 30 days"), over_lately, quiet=True),
    Tab("missed_lately", _("Missed, 30 days"), missed_lately, quiet=True),
]
