"""The prescriptions section of the patient page."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from shs.core.children import with_children
from shs.core.grants.table import holds
from shs.medical_record.patient_page import Section
from shs.prescription.models import Prescription
from shs.prescription.permissions import seen_in_chart
from shs.prescription.services import prescribable
from shs.users.models import User

SHOWN = 20


def prescriptions(reader: User, patient: User, now: datetime) -> Section:
    """The latest prescriptions that the reader may see, and the visits for which they can write one."""
    rows = Prescription.objects.filter(seen_in_chart(reader, patient, now), patient=patient)
    found = with_children(rows.select_related("doctor", "appointment").order_by("-pk")[:SHOWN], "lines")
    visits = []
    if holds(reader, "prescription.add_prescription"):
        visits = list(prescribable(doctor=reader, now=now, patient=patient)[:3])
    context: dict[str, object] = {"rows": found, "visits": visits}
    what = "prescriptions" if found else ""
    return Section(_("Prescriptions"), "admin/prescription/section.html", context, what, [row.pk for row in found])
