from shs.prescription.models.brand_import import BrandImport, ImportStatus
from shs.prescription.models.catalogue import Brand, MedicalTest, Medication, Route
from shs.prescription.models.dispensing import UNDO_WITHIN, DispensedLine, Dispensing, DispensingStatus, Extent
from shs.prescription.models.favourites import AdviceTemplate, Favourite, PrescriptionSet, SetLine
from shs.prescription.models.lines import OrderedTest, PrescriptionLine, PrescriptionWarning, StoppedMedicine
from shs.prescription.models.pharmacy import Pharmacy, PharmacyMember, PharmacyStatus
from shs.prescription.models.prescription import Prescription, Status
from shs.prescription.models.seen import SeenWarning

__all__ = [
    "UNDO_WITHIN",
    "AdviceTemplate",
    "Brand",
    "BrandImport",
    "DispensedLine",
    "Dispensing",
    "DispensingStatus",
    "Extent",
    "Favourite",
    "ImportStatus",
    "MedicalTest",
    "Medication",
    "OrderedTest",
    "Pharmacy",
    "PharmacyMember",
    "PharmacyStatus",
    "Prescription",
    "PrescriptionLine",
    "PrescriptionSet",
    "PrescriptionWarning",
    "Route",
    "SeenWarning",
    "SetLine",
    "Status",
    "StoppedMedicine",
]
