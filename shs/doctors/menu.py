"""The entries of the sidebar for doctors and their verification."""

from typing import Any

from django.db.models import Count, Min
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shs.core.menu import SETTINGS, Entry, Section
from shs.doctors.models import DoctorInformation
from shs.doctors.workdays import LATE_DAYS, working_days_between

VERIFICATION = Section(_("Verification"), 10)
DOCTORS = Section(_("Doctors"), 50)


def waiting(user: Any) -> dict[str, Any]:
    """How many applications wait; red only if one is late."""
    rows = DoctorInformation.objects.allowed(user, "view").waiting()
    found = rows.aggregate(count=Count("pk"), oldest=Min("submitted_at"))
    if not found["count"]:
        return {}
    is_late = working_days_between(found["oldest"], timezone.now()) >= LATE_DAYS
    return {"badge": str(found["count"]), "badge_variant": "danger" if is_late else "info"}


entries = [
    Entry(
        VERIFICATION,
        10,
        _("Doctor applications"),
        "verified_user",
        "doctors_doctorinformation",
        "doctors.claim_doctorinformation",
        waiting,
    ),
    Entry(VERIFICATION, 20, _("Documents"), "description", "doctors_doctordocument", "doctors.view_doctordocument"),
    Entry(
        VERIFICATION, 30, _("Register of doctors"), "menu_book", "doctors_registerentry", "doctors.view_registerentry"
    ),
    Entry(DOCTORS, 10, _("Doctors"), "stethoscope", "doctors_doctorinformation", "doctors.view_doctorinformation"),
    Entry(DOCTORS, 20, _("Working hours"), "schedule", "doctors_doctoravailability", "doctors.view_doctoravailability"),
    Entry(DOCTORS, 30, _("Time off"), "event_busy", "doctors_timeoff", "doctors.view_timeoff"),
    Entry(DOCTORS, 40, _("Reviews"), "reviews", "doctors_doctorreview", "doctors.view_doctorreview"),
    Entry(SETTINGS, 20, _("Clinics"), "local_hospital", "doctors_clinic", "doctors.view_clinic"),
    Entry(
        SETTINGS,
        30,
        _("Specializations"),
        "category",
        "doctors_doctorspecialization",
        "doctors.view_doctorspecialization",
    ),
]
