"""Reminders of the next days' visits."""

from datetime import datetime, timedelta

from shs.appointment.models import Appointment
from shs.appointment.notices import about, plan_reminders
from shs.notices.kinds import REMINDERS
from shs.notices.models import Notice
from shs.users.seeding import made_users

NEAR = timedelta(days=3)


def add_reminders(*, now: datetime) -> int:
    """Schedule missing reminders of the next days' visits; returns their number."""
    patients = made_users()
    visits = Appointment.objects.live().filter(patient__in=patients, starts_at__range=(now, now + NEAR))
    visits = visits.filter(without_doctor_since=None)
    reminders = Notice.objects.filter(user__in=patients, kind__in=REMINDERS)
    before, known = reminders.count(), set(reminders.values_list("about", flat=True))
    for visit in visits.select_related("patient", "doctor", "clinic").order_by("pk"):
        if about(visit) not in known:
            plan_reminders(visit, now)
    return reminders.count() - before
