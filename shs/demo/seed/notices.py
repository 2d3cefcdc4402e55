"""What was told, and the reminders of the visits that are near."""

from datetime import datetime, timedelta

from shs.appointment.models import Appointment
from shs.appointment.notices import plan_reminders
from shs.demo.seed.marks import made_users
from shs.doctors import services as doctors
from shs.notices.kinds import REMINDERS
from shs.notices.models import Notice, State

NEAR = timedelta(days=3)


def add_reminders(*, now: datetime) -> int:
    """Plan the reminders of the next days' visits, the first time; how many were planned."""
    patients = made_users()
    planned = Notice.objects.filter(user__in=patients, kind__in=REMINDERS)
    if planned.exists():
        return 0
    visits = Appointment.objects.live().filter(patient__in=patients, starts_at__range=(now, now + NEAR))
    for visit in visits.select_related("patient", "doctor", "clinic").order_by("pk"):
        plan_reminders(visit, now)
    # Told before the demo began: nobody wants these mails on their screen at the first start.
    doctors.tell_expiring(now=now)
    told = Notice.objects.without_history("what the demo has told").filter(user__in=patients, state=State.QUEUED)
    told.exclude(kind__in=REMINDERS).update(state=State.SENT, attempts=1, sent_at=now)
    return planned.count()
