"""Screens for prescriptions and for what can be prescribed."""

from django.utils.translation import gettext_lazy as _

from shs.core.admin.wording import KEY_WORDS
from shs.prescription.admin.brands import BrandImportScreen, BrandScreen
from shs.prescription.admin.catalogue import MedicalTestScreen, MedicationScreen
from shs.prescription.admin.counter import papers_page
from shs.prescription.admin.pharmacies import PharmacyScreen
from shs.prescription.admin.pharmacy_page import pharmacy_page
from shs.prescription.admin.prescriptions import PrescriptionScreen
from shs.prescription.admin.templates import AdviceTemplateScreen, PrescriptionSetScreen
from shs.prescription.admin.visit import address_of

__all__ = [
    "AdviceTemplateScreen",
    "BrandImportScreen",
    "BrandScreen",
    "MedicalTestScreen",
    "MedicationScreen",
    "PharmacyScreen",
    "PrescriptionScreen",
    "PrescriptionSetScreen",
    "address_of",
    "papers_page",
    "pharmacy_page",
]

KEY_WORDS.update(
    {
        "doctor": _("Doctor"),
        "patient": _("Patient"),
        "clinic": _("Clinic"),
        "name": _("Name"),
        "license_number": _("Licence number"),
        "education": _("Education"),
        "specializations": _("Specializations"),
        "address": _("Address"),
        "city": _("City"),
        "phone": _("Phone"),
        "id": _("number"),
        "gender": _("Sex"),
        "date_of_birth": _("Date of birth"),
    }
)
"""The names that stood on a prescription when it was issued."""
