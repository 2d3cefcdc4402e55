"""Screens for prescriptions and for what can be prescribed."""

from shs.prescription.admin.catalogue import MedicalTestScreen, MedicationScreen
from shs.prescription.admin.prescriptions import PrescriptionScreen

__all__ = ["MedicalTestScreen", "MedicationScreen", "PrescriptionScreen"]
