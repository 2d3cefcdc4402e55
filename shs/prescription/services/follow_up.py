"""Issuing what was just written, with the next visit of the patient booked at once."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from shs.appointment.models import Appointment
from shs.appointment.services import book
from shs.core.errors import Forbidden
from shs.prescription.models import Prescription
from shs.prescription.services import issue
from shs.users.models import User


def book_next(*, visit: Appointment, at: datetime, now: datetime) -> Appointment:
    """Book the next visit of a patient to the same doctor. Raises as `book` of appointments."""
    return book(
        patient=visit.patient,
        doctor_id=visit.doctor_id,
        date=at.date(),
        time=at.time(),
        now=now,
        source=Appointment.Source.DESK,
        confirms=True,
    )


@transaction.atomic
def issue_and_book(
    *, draft: Prescription, by: User, reasons: Mapping[str, str], now: datetime, at: datetime | None, reason: str = ""
) -> Appointment | None:
    """Issue `draft`, and book the next visit `at` a slot (the clinic's wall-clock time) if there is one; either both
    are done or neither. The booking comes first, because it locks the doctor before visits are locked. Raises as
    `issue`, and as `book` of appointments."""
    booked = None
    if at is not None:
        if not by.has_perm("appointment.attend_appointment", draft.appointment):
            raise Forbidden
        booked = book_next(visit=draft.appointment, at=at, now=now)
    issue(draft=draft, by=by, reasons=reasons, now=now, reason=reason)
    return booked
