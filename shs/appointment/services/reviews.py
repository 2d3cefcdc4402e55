"""Reviews of visited doctors."""

from datetime import datetime

from django.utils.translation import gettext as _

from shs.appointment.models import Appointment, Status
from shs.core.errors import Forbidden
from shs.doctors import services as doctors
from shs.doctors.models import DoctorInformation, DoctorReview
from shs.users.models import User


def review(*, doctor: DoctorInformation, patient: User, rating: int, comment: str = "", now: datetime) -> DoctorReview:
    """Store a patient's review of a doctor. Raises Muted (403), and Forbidden (403) without a completed visit."""
    patient.require_voice(now)
    if not Appointment.objects.filter(doctor=doctor, patient=patient, status=Status.COMPLETED).exists():
        raise Forbidden(_("Only a patient who has completed a visit to this doctor can review them."))
    return doctors.review(doctor=doctor, patient=patient, rating=rating, comment=comment)
