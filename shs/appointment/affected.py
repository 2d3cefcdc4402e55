"""A section of the verification case: the upcoming visits that a suspension would affect."""

from datetime import datetime
from typing import NamedTuple

from django.db.models import Case, When
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from shs.appointment.models import Appointment
from shs.core.grants.table import rows_allowed
from shs.credentialing.casework import Section
from shs.doctors.models import DoctorInformation
from shs.users.models import User

MOST = 200


class Affected(NamedTuple):
    """One upcoming visit; `url` and the patient's name are empty for users who may not see the visit."""

    visit: Appointment
    url: str
    patient: str


def affected(doctor: DoctorInformation, reader: User, now: datetime) -> list[Affected]:
    """The doctor's active visits that have not ended at `now`, soonest first."""
    visits = doctor.appointments.live().upcoming(now).select_related("patient", "clinic").order_by("starts_at", "pk")
    is_seen = Case(When(rows_allowed(Appointment, reader, "view"), then=True), default=False)
    return [_row(visit, vars(visit)["is_seen"]) for visit in visits.annotate(is_seen=is_seen)[:MOST]]


def _row(visit: Appointment, is_seen: bool) -> Affected:
    if not is_seen:
        return Affected(visit, "", "")
    return Affected(visit, reverse("admin:appointment_appointment_change", args=(visit.pk,)), visit.patient.name)


AFFECTED = Section("affected", _("Affected appointments"), "admin/appointment/affected.html", affected)
