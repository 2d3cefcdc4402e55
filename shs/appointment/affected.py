"""A section of the verification case: the upcoming visits that a suspension would affect."""

from datetime import datetime
from typing import NamedTuple

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from shs.appointment.models import Appointment
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
    seen = set(visits.allowed(reader, "view").values_list("pk", flat=True)[:MOST])
    return [_row(visit, visit.pk in seen) for visit in visits[:MOST]]


def _row(visit: Appointment, is_seen: bool) -> Affected:
    if not is_seen:
        return Affected(visit, "", "")
    return Affected(visit, reverse("admin:appointment_appointment_change", args=(visit.pk,)), visit.patient.name)


AFFECTED = Section("affected", _("Affected appointments"), "admin/appointment/affected.html", affected)
