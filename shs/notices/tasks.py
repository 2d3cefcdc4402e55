"""Scheduled jobs for notices."""

from datetime import datetime, timedelta

from django.db.models import Count, Min
from django.utils.translation import gettext_lazy as _

from shs.core.due.registry import Waiting, due, queue
from shs.notices.models import Notice
from shs.notices.services import deliver
from shs.notices.sms import deliver_sms

due("deliver_notices", every=timedelta(minutes=1), label=_("Send due notices"))(deliver)
due("deliver_sms", every=timedelta(minutes=1), label=_("Send due texts by SMS"))(deliver_sms)


@queue("notices", label=_("Due notices"))
def waiting(*, now: datetime) -> Waiting:
    """Those that should have been sent by now."""
    found = Notice.objects.due(now).aggregate(length=Count("pk"), oldest=Min("due_at"))
    return Waiting(found["length"], found["oldest"])
