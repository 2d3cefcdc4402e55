"""Scheduled jobs for notices."""

from datetime import datetime, timedelta

from django.db.models import Count, Min
from django.utils.translation import gettext_lazy as _

from shs.core.due.registry import Waiting, due, queue
from shs.notices.models import Notice
from shs.notices.services import deliver

due("deliver_notices", every=timedelta(minutes=1), label=_("Send due notices"))(deliver)


@queue("notices", label=_("Due notices"))
def waiting(*, now: datetime) -> Waiting:
    """Those that should have been sent by now."""
    found = Notice.objects.due(now).aggregate(length=Count("pk"), oldest=Min("due_at"))
    return Waiting(found["length"], found["oldest"])
