"""Named subsets of the visits, used by both the list's tabs and the dashboards' numbers."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shs.appointment.models import LIVE, LONGEST, CancelledBy, Status, on_day
from shs.core.admin.tabs import Tab
from shs.core.dates import midnight
from shs.users.models import User

LATELY_DAYS = 30
DONE = [status for status in Status if status not in LIVE]
NOT_OVER = [Status.PENDING, Status.CONFIRMED, Status.CANCELLED]
"""Parts of a list that hold several states leave out the others: for `status IN (…)` SQLite reads an index by status
and sorts all that it finds, for `NOT IN` it reads the list in its order."""


def _midnight(days: int = 0) -> datetime:
    """Midnight so many days from today, in the clinic's zone."""
    return midnight(timezone.localdate() + timedelta(days=days))


def today(user: User) -> Q:
    """The visits of today, in the clinic's zone."""
    return on_day(timezone.localdate())


def not_over(user: User) -> Q:
    """Visits that have not ended. That none is longer than LONGEST lets an index by their start find them."""
    now = timezone.now()
    return Q(starts_at__gt=now - LONGEST, ends_at__gt=now)


def requested(user: User) -> Q:
    """Visits to come that are not confirmed."""
    return not_over(user) & Q(status=Status.PENDING)


def upcoming(user: User) -> Q:
    """Visits to come, requested or confirmed."""
    return not_over(user) & ~Q(status__in=DONE)


def past(user: User) -> Q:
    """Visits that have ended."""
    now = timezone.now()
    return Q(starts_at__lt=now, ends_at__lte=now)


def no_outcome(user: User) -> Q:
    """Confirmed visits that are over, of which nobody has said what became of them: nobody was checked in, and it is
    not known that the doctor was there; or the patient was, on an earlier day."""
    over = timezone.now() - timedelta(minutes=settings.MISSED_AFTER_MINUTES)
    is_left = Q(checked_in_at=None) | Q(starts_at__lt=_midnight())
    return is_left & Q(status=Status.CONFIRMED, starts_at__lt=over, ends_at__lt=over, without_doctor_since=None)


def without_doctor(user: User) -> Q:
    """Visits whose doctor is away, of which nobody has decided what becomes of them."""
    return Q(without_doctor_since__isnull=False)


def not_answered_lately(user: User) -> Q:
    """Requests for the last LATELY_DAYS days that nobody at the clinic answered."""
    return Q(starts_at__gte=_midnight(-LATELY_DAYS), cancelled_by=CancelledBy.NOBODY)


def still_today(user: User) -> Q:
    """Today's visits that have started or are to come."""
    return today(user) & Q(status__in=LIVE, ends_at__gt=timezone.now())


def unconfirmed_tomorrow(user: User) -> Q:
    """Tomorrow's visits that are not confirmed."""
    return on_day(timezone.localdate() + timedelta(days=1)) & Q(status=Status.PENDING)


def over_lately(user: User) -> Q:
    """Visits of the last LATELY_DAYS days that were completed or missed."""
    return Q(starts_at__gte=_midnight(-LATELY_DAYS), starts_at__lt=timezone.now()) & ~Q(status__in=NOT_OVER)


def missed_lately(user: User) -> Q:
    """Visits of the last LATELY_DAYS days that were missed."""
    return Q(starts_at__gte=_midnight(-LATELY_DAYS), status=Status.MISSED)


QUIET = [
    Tab("still_today", _("Now and next"), still_today, quiet=True),
    Tab("unconfirmed_tomorrow", _("Unconfirmed tomorrow"), unconfirmed_tomorrow, quiet=True),
    Tab("over_lately", _("Completed or missed, 30 days"), over_lately, quiet=True),
    Tab("missed_lately", _("Missed, 30 days"), missed_lately, quiet=True),
    Tab("not_answered_lately", _("Not answered, 30 days"), not_answered_lately, quiet=True),
]
