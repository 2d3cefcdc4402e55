"""The last visit of people, which distinguishes those of the same name."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Max
from django.utils.translation import gettext as _

from shs.appointment.models import HOLDING, Appointment
from shs.core.caller import Member
from shs.core.dates import show_date


def last_visits(viewer: Member, people: Collection[int], now: datetime) -> dict[int, str]:
    """For people with these keys, their last visit before `now` that `viewer` may see. One query."""
    visits = Appointment.objects.allowed(viewer, "view").filter(
        patient__in=people, starts_at__lt=now, status__in=HOLDING
    )
    last = visits.order_by().values_list("patient").annotate(last=Max("starts_at"))
    return {patient: _("last visit %(date)s") % {"date": show_date(at)} for patient, at in last}
