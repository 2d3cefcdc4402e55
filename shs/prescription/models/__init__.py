from shs.prescription.models.catalogue import MedicalTest, Medication
from shs.prescription.models.lines import OrderedTest, PrescriptionLine, PrescriptionWarning
from shs.prescription.models.prescription import Prescription, Status

__all__ = [
    "MedicalTest",
    "Medication",
    "OrderedTest",
    "Prescription",
    "PrescriptionLine",
    "PrescriptionWarning",
    "Status",
]
