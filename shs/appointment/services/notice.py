"""How long ahead patients book, and until when they cancel or move. The desk and the doctor may at any time."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from shs.appointment.errors import TooLateToCancel
from shs.appointment.models import Appointment
from shs.core.dates import show_datetime
from shs.doctors.models import DoctorInformation


def notice_of(doctor: DoctorInformation) -> timedelta:
    """How long ahead a patient books."""
    return timedelta(minutes=doctor.notice_minutes)


def cancels_until(visit: Appointment) -> datetime:
    """Until when its patient may cancel or move a visit: as the doctor says, else the clinic."""
    minutes = visit.doctor.cancel_minutes
    if minutes is None:
        minutes = visit.clinic.cancel_minutes if visit.clinic else 0
    return visit.starts_at - timedelta(minutes=minutes)


def require_in_time(visit: Appointment, now: datetime) -> None:
    """Raises TooLateToCancel (409) if its patient may no longer cancel or move a visit that is still to come."""
    until = cancels_until(visit)
    if until < now < visit.starts_at:
        words = _("This visit could be cancelled or moved in the app until %(until)s. Please call the clinic.")
        raise TooLateToCancel(words % {"until": show_datetime(until)})
