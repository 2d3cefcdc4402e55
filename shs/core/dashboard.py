"""The dashboard of who runs the system, and what core shows on it."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from shs.core.admin.dashboards import Card, Dashboard, Widget, Widgets
from shs.core.caller import MemberRequest
from shs.core.due.models import JobRun
from shs.core.tasks import RUNS_KEPT

SYSTEM = Dashboard(_("System"), "users.suspend_user", 10, stands_alone=True)


def jobs(request: MemberRequest, now: datetime) -> list[Widget]:
    """How many jobs failed."""
    failed = JobRun.objects.filter(JobRun.failed()).count()
    note = _("in the last %(days)s days") % {"days": RUNS_KEPT.days}
    return [Card(_("Failed jobs"), failed, reverse("admin:system"), note, listed=failed, order=70)]


widgets = [Widgets(SYSTEM, jobs)]
