"""Noting the result of a call to a patient whom no message reaches."""

from datetime import datetime

from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shs.appointment.models import LIVE, Appointment, CancelCode, CancelledBy
from shs.appointment.notices import about
from shs.appointment.services.status import Cause, cancel
from shs.core.errors import Forbidden, StepRefused
from shs.core.records.transitions import lock
from shs.notices.models import Notice
from shs.users.models import User


class Outcome(models.TextChoices):
    """What came of a call."""

    REACHED = "reached", gettext_lazy("Reached")
    NOT_REACHED = "not_reached", gettext_lazy("Not reached")
    WILL_COME = "will_come", gettext_lazy("Will come")
    WILL_NOT_COME = "will_not_come", gettext_lazy("Will not come")


REASONS = {
    Outcome.REACHED: "told by phone",
    Outcome.WILL_COME: "told by phone: will come",
    Outcome.WILL_NOT_COME: "told by phone: will not come",
}


def note_call(*, visit: Appointment, outcome: str, by: User, now: datetime) -> None:
    """Note what came of a call about `visit`. Whoever was not reached stays to be called; the visit of those who will
    not come is cancelled as the patient's wish. Raises Forbidden (403) if `by` may not remind its patient, or may not
    cancel it, and StepRefused (409) if nobody has to be called any more, or for what the visit's state does not
    allow."""
    said = Outcome(outcome)
    if not by.has_perm("appointment.remind_appointment", visit):
        raise Forbidden
    if said == Outcome.WILL_NOT_COME and not by.has_perm("appointment.cancel_appointment", visit):
        raise Forbidden
    with transaction.atomic():
        lock(visit)
        waiting = list(Notice.objects.to_call([about(visit)]).order_by("pk"))
        if not waiting:
            raise StepRefused(_("This patient does not have to be called any more."))
        for told in waiting:
            if said == Outcome.NOT_REACHED:
                told.not_reached()
            else:
                told.called(REASONS[said])
        if said == Outcome.WILL_NOT_COME and visit.status in LIVE:
            why = Cause(CancelledBy.PATIENT, CancelCode.CANNOT_COME, "said so on the phone")
            cancel(visit=visit, cause=why, before=now)
