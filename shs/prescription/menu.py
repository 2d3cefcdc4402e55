"""The entries of the sidebar for prescriptions."""

from django.utils.translation import gettext_lazy as _

from shs.core.menu import PEOPLE, SETTINGS, Entry, Rank
from shs.medical_record.menu import CHARTS

entries = [
    Entry(
        CHARTS,
        20,
        _("Prescriptions"),
        "prescriptions",
        "prescription_prescription",
        "prescription.view_prescription",
        rank=Rank.DAILY,
    ),
    Entry(
        SETTINGS,
        50,
        _("Medications"),
        "pill",
        "prescription_medication",
        "prescription.view_medication",
        rank=Rank.SELDOM,
    ),
    Entry(
        SETTINGS,
        52,
        _("Brands"),
        "sell",
        "prescription_brand",
        "prescription.view_brand",
        rank=Rank.SELDOM,
    ),
    Entry(
        SETTINGS,
        53,
        _("Imports of brands"),
        "upload_file",
        "prescription_brandimport",
        "prescription.view_brandimport",
        rank=Rank.SELDOM,
    ),
    Entry(
        PEOPLE,
        45,
        _("Pharmacies"),
        "local_pharmacy",
        "prescription_pharmacy",
        "prescription.view_pharmacy",
        rank=Rank.SELDOM,
    ),
    Entry(
        SETTINGS,
        60,
        _("Medical tests"),
        "labs",
        "prescription_medicaltest",
        "prescription.view_medicaltest",
        rank=Rank.SELDOM,
    ),
    Entry(
        SETTINGS,
        55,
        _("Overridden warnings"),
        "notification_important",
        "prescription_medication_overrides",
        "prescription.review_medication",
        is_list=False,
        rank=Rank.SELDOM,
    ),
    Entry(
        CHARTS,
        24,
        _("Sets"),
        "folder",
        "prescription_prescriptionset",
        "prescription.view_prescriptionset",
        rank=Rank.SELDOM,
    ),
    Entry(
        CHARTS,
        26,
        _("Advice templates"),
        "chat_bubble",
        "prescription_advicetemplate",
        "prescription.view_advicetemplate",
        rank=Rank.SELDOM,
    ),
]
