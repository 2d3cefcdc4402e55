"""The letters section of the patient page."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from shs.letters.models import Letter
from shs.medical_record.patient_page import Section
from shs.medical_record.services import extent_of
from shs.users.models import User

SHOWN = 20


def letters(reader: User, patient: User, now: datetime) -> Section:
    """The latest letters that the reader may see."""
    extent = extent_of(reader, patient, now)
    rows = Letter.objects.allowed(reader, "view") if extent is None else extent.of(Letter.objects.all())
    found = list(rows.filter(patient=patient).in_full().order_by("-issued_at", "-pk")[:SHOWN])
    what = "letters" if found else ""
    return Section(_("Letters"), "admin/letters/section.html", {"rows": found}, what, [row.pk for row in found])
