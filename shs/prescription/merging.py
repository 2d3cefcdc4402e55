"""What happens to prescriptions when two people are merged. What was sealed names the patient as they were then."""

from shs.prescription.models import (
    BrandImport,
    Dispensing,
    PharmacyMember,
    Prescription,
    PrescriptionWarning,
    SeenWarning,
)
from shs.users.merge_rules import moves, stays

people = [
    *stays(BrandImport, "uploaded_by", because="who uploaded the list"),
    *stays(Dispensing, "by", because="who of the pharmacy gave it out"),
    *stays(PharmacyMember, "user", because="an account of a pharmacy is no patient's, and is never merged"),
    *moves(Prescription, "patient"),
    *stays(PrescriptionWarning, "acknowledged_by", because="which doctor acknowledged it"),
    *stays(SeenWarning, "shown_to", because="which doctor saw it"),
]
