"""Sidebar entries for patients' charts."""

from django.utils.translation import gettext_lazy as _

from shs.core.menu import AUDIT, SETTINGS, Entry, Section

CHARTS = Section(_("Charts"), 60)

entries = [
    Entry(
        CHARTS,
        10,
        _("Medical records"),
        "clinical_notes",
        "medical_record_medicalrecord",
        "medical_record.view_medicalrecord",
    ),
    Entry(AUDIT, 40, _("Emergency access"), "emergency", "medical_record_breakglass", "medical_record.view_breakglass"),
    Entry(
        SETTINGS, 40, _("Condition codes"), "tag", "medical_record_conditioncode", "medical_record.view_conditioncode"
    ),
]
