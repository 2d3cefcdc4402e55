"""What a doctor does at the end of a consultation."""

from datetime import datetime

from shs.appointment.models import Appointment, DoctorSession
from shs.appointment.services.queue import QueuePlace, queue_at
from shs.appointment.services.sessions import call_next, require_inside, require_unchanged
from shs.appointment.services.status import complete
from shs.core.records.transactions import atomic_with_retry
from shs.users.models import User


@atomic_with_retry
def complete_and_call(
    *, session: DoctorSession, by: User, seen: int | None = None, now: datetime
) -> Appointment | None:
    """Complete the visit that is inside, and call the next; None if nobody waits. Raises as `complete` and
    `call_next`."""
    require_unchanged(session, seen, now)
    complete(visit=require_inside(session), by=by, now=now)
    if not queue_at(QueuePlace(session.doctor_id, session.clinic_id, session.day)).waiting:
        return None
    return call_next(session=session, now=now)
