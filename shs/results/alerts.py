"""Critical and unreviewed results among the alerts of the page of a visit."""

from datetime import datetime, timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from shs.core.children import with_children
from shs.medical_record.alerts import DANGER, WARNING, Alert
from shs.medical_record.services import Extent
from shs.results.models import Finding, Result
from shs.users.models import User

SHOWN = 5
CRITICAL_FOR = timedelta(days=30)
"""So long a critical result stays an alert once it was reviewed."""


def results(patient: User, extent: Extent, now: datetime) -> list[Alert]:
    """The latest results that nobody has reviewed, and critical ones. One query."""
    critical = Q(finding=Finding.CRITICAL, taken_on__gt=timezone.localdate(now - CRITICAL_FOR))
    rows = extent.of(Result.objects.without_errors().filter(patient=patient))
    rows = rows.filter(Result.to_review() | critical).order_by("-taken_on", "-pk")[:SHOWN]
    return [_alert(row) for row in with_children(rows, "values")]


def _alert(row: Result) -> Alert:
    values = ", ".join(str(value) for value in row.values.all() if value.is_critical)
    if row.finding == Finding.CRITICAL:
        text, tone = _("Critical result: %(title)s") % {"title": values or row.title}, DANGER
    else:
        text, tone = _("Result to review: %(title)s") % {"title": row.title}, WARNING
    url = reverse("admin:results_result_change", args=(row.pk,))
    return Alert(text, tone, row.taken_on, url, "results", (row.pk,))
