"""Sidebar entries for patients' charts."""

from django.utils.translation import gettext_lazy as _

from shs.core.menu import AUDIT, SETTINGS, Entry, Rank, Section

CHARTS = Section(_("Charts"), 60)

entries = [
    Entry(
        CHARTS,
        10,
        _("Medical records"),
        "clinical_notes",
        "medical_record_medicalrecord",
        "medical_record.view_medicalrecord",
        rank=Rank.DAILY,
    ),
    Entry(
        AUDIT,
        40,
        _("Emergency access"),
        "emergency",
        "medical_record_breakglass",
        "medical_record.view_breakglass",
        rank=Rank.DAILY,
        works_with="core.export_readlog",
    ),
    Entry(
        SETTINGS,
        40,
        _("Condition codes"),
        "tag",
        "medical_record_conditioncode",
        "medical_record.view_conditioncode",
        rank=Rank.SELDOM,
    ),
]
