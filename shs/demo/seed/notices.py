"""The reminders of the visits that are near."""

from datetime import datetime, timedelta

from shs.appointment.models import Appointment
from shs.appointment.notices import plan_reminders
from shs.demo.seed.marks import made_users
from shs.notices.models import Notice

NEAR = timedelta(days=3)


def add_reminders(*, now: datetime) -> int:
    """Plan the reminders of the next days' visits where there are none; how many were planned."""
    before = Notice.objects.count()
    visits = Appointment.objects.live().filter(patient__in=made_users(), starts_at__range=(now, now + NEAR))
    known = set(Notice.objects.filter(about__startswith="appointment:").values_list("about", flat=True))
    for visit in visits.select_related("patient", "doctor", "clinic").order_by("pk"):
        if f"appointment:{visit.pk}" not in known:
            plan_reminders(visit, now)
    return Notice.objects.count() - before
