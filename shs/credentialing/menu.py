"""Sidebar entries of the verification."""

from django.db.models import Count, Min
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shs.core.caller import Member
from shs.core.menu import Badge, Entry, Rank, Section
from shs.credentialing.tabs import with_changes
from shs.credentialing.workdays import LATE_DAYS, working_days_between
from shs.doctors.models import DoctorInformation

VERIFICATION = Section(_("Verification"), 10)


def waiting(user: Member) -> Badge:
    """Badge: the number of open applications and proposed changes; red if an application is late."""
    rows = DoctorInformation.objects.allowed(user, "view").waiting()
    found = rows.aggregate(count=Count("pk"), oldest=Min("submitted_at"))
    changes = DoctorInformation.objects.allowed(user, "view").filter(with_changes(user)).count()
    if not found["count"]:
        return {"badge": str(changes), "badge_variant": "info"} if changes else {}
    is_late = working_days_between(found["oldest"], timezone.now()) >= LATE_DAYS
    return {"badge": str(found["count"] + changes), "badge_variant": "danger" if is_late else "info"}


entries = [
    Entry(
        VERIFICATION,
        10,
        _("Doctor applications"),
        "verified_user",
        "doctors_doctorinformation",
        "doctors.claim_doctorinformation",
        waiting,
        rank=Rank.DAILY,
    ),
    Entry(
        VERIFICATION,
        20,
        _("Documents"),
        "description",
        "credentialing_doctordocument",
        "credentialing.view_doctordocument",
        works_with="doctors.claim_doctorinformation",
    ),
    Entry(
        VERIFICATION,
        30,
        _("Register of doctors"),
        "menu_book",
        "credentialing_registerentry",
        "credentialing.view_registerentry",
        works_with="doctors.claim_doctorinformation",
    ),
]
