"""The entries of the sidebar for prescriptions."""

from django.utils.translation import gettext_lazy as _

from shs.core.menu import SETTINGS, Entry
from shs.medical_record.menu import CHARTS

entries = [
    Entry(
        CHARTS,
        20,
        _("Prescriptions"),
        "prescriptions",
        "prescription_prescription",
        "prescription.view_prescription",
    ),
    Entry(SETTINGS, 50, _("Medications"), "pill", "prescription_medication", "prescription.view_medication"),
    Entry(SETTINGS, 60, _("Medical tests"), "labs", "prescription_medicaltest", "prescription.view_medicaltest"),
]
