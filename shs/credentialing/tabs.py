"""Named subsets of the applications, used by both the dashboard's numbers and the list's tabs."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shs.core.admin.tabs import Tab
from shs.core.caller import Member
from shs.credentialing.workdays import LATE_DAYS, working_days_before
from shs.doctors.models import FactProposal, Verification
from shs.doctors.models.doctor import OPEN
from shs.users.models import User

DECIDED_DAYS = 30


def late(user: User) -> Q:
    """Applications that have waited for LATE_DAYS working days or more."""
    return Q(verification_status__in=OPEN, submitted_at__lt=working_days_before(timezone.now(), LATE_DAYS))


def with_changes(user: Member) -> Q:
    """Verified doctors who have proposed a change of verified facts."""
    waiting = FactProposal.objects.waiting().values("doctor")
    return Q(verification_status=Verification.APPROVED, pk__in=waiting)


def decided_lately(user: User) -> Q:
    """Applications approved or rejected in the last DECIDED_DAYS days."""
    since = timezone.now() - timedelta(days=DECIDED_DAYS)
    return Q(verification_status__in=[Verification.APPROVED, Verification.REJECTED], decided_at__gte=since)


QUIET = [
    Tab("late", _("Late"), late, quiet=True),
    Tab("decided_lately", _("Decided, 30 days"), decided_lately, quiet=True),
]
