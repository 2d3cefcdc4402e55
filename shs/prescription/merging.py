"""What happens to prescriptions when two people are merged. What was sealed names the patient as they were then."""

from shs.prescription.models import BrandImport, Prescription, PrescriptionWarning, SeenWarning
from shs.users.merge_rules import moves, stays

people = [
    *stays(BrandImport, "uploaded_by", because="who uploaded the list"),
    *moves(Prescription, "patient"),
    *stays(PrescriptionWarning, "acknowledged_by", because="which doctor acknowledged it"),
    *stays(SeenWarning, "shown_to", because="which doctor saw it"),
]
