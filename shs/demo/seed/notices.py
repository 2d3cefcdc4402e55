"""What was told, and the reminders of the visits that are near."""

from datetime import datetime, timedelta

from shs.appointment.models import Appointment
from shs.appointment.notices import about, plan_reminders
from shs.credentialing import services as credentialing
from shs.demo.seed.marks import made_users
from shs.notices.kinds import REMINDERS
from shs.notices.models import Notice, State

NEAR = timedelta(days=3)


def add_reminders(*, now: datetime) -> int:
    """Plan the reminders of the next days' visits, unless they were planned before; how many were planned."""
    last = Notice.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    patients = made_users()
    visits = Appointment.objects.live().filter(patient__in=patients, starts_at__range=(now, now + NEAR))
    known = set(Notice.objects.filter(user__in=patients, kind__in=REMINDERS).values_list("about", flat=True))
    for visit in visits.select_related("patient", "doctor", "clinic").order_by("pk"):
        if about(visit) not in known:
            plan_reminders(visit, now)
    # Told before the demo began: nobody wants these mails on their screen at the first start.
    credentialing.tell_expiring(now=now)
    made = Notice.objects.without_history("what the demo has told").filter(user__in=patients, pk__gt=last)
    made.exclude(kind__in=REMINDERS).update(state=State.SENT, attempts=1, sent_at=now)
    return made.filter(kind__in=REMINDERS).count()
