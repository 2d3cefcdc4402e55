"""The dashboard of users who run the system, and core's widgets on it."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from shs.core.admin.dashboards import Card, Dashboard, Next, Widget, Widgets
from shs.core.caller import MemberRequest
from shs.core.due.models import JobRun
from shs.core.tasks import RUNS_KEPT

SYSTEM = Dashboard(_("System"), "users.suspend_user", 10, is_alone=True)


def jobs(request: MemberRequest, now: datetime) -> list[Widget]:
    """The number of failed jobs."""
    failed = JobRun.objects.filter(JobRun.failed()).count()
    note = _("in the last %(days)s days") % {"days": RUNS_KEPT.days}
    url = reverse("admin:system")
    title = ngettext("%d scheduled job has failed", "%d scheduled jobs have failed", failed) % failed
    todo = [Next(title, note, _("Open the System page"), url, order=10)] if failed else []
    return [*todo, Card(_("Failed jobs"), failed, url, note, listed=failed, order=70)]


widgets = [Widgets(SYSTEM, jobs)]
