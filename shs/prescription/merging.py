"""What happens to prescriptions when two people are merged. What was sealed names the patient as they were then."""

from shs.prescription.models import Prescription, PrescriptionWarning
from shs.users.merge_rules import moves, stays

people = [
    *moves(Prescription, "patient"),
    *stays(PrescriptionWarning, "acknowledged_by", because="which doctor acknowledged it"),
]
