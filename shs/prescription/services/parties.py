"""Doctor, clinic and patient as they are named on a prescription."""

from shs.core.ages import Precision
from shs.doctors.models import Clinic, DoctorInformation
from shs.prescription.models import Prescription
from shs.prescription.models.prescription import Parties, PatientNamed
from shs.users.models import User


def parties_of(draft: Prescription) -> Parties:
    """Names and details of doctor, clinic and patient at this time, stored with the prescription so that its PDF never
    changes."""
    draft.doctor.refresh_from_db()
    return parties(draft.doctor, draft.appointment.clinic, draft.patient)


def parties(doctor: DoctorInformation, clinic: Clinic | None, patient: User) -> Parties:
    """The details of doctor, clinic and patient on a prescription."""
    profile = getattr(patient, "profile", None)
    born = profile.date_of_birth if profile else None
    named: PatientNamed = {
        "id": patient.pk,
        "name": patient.name,
        "gender": profile.gender if profile else "",
        "date_of_birth": born.isoformat() if born else None,
    }
    if profile and profile.birth_precision != Precision.DAY:
        named["birth_precision"] = profile.birth_precision
    return {
        "doctor": {
            "name": doctor.name,
            "license_number": doctor.license_number,
            "education": doctor.education,
            "specializations": sorted(row.name for row in doctor.specializations.all()),
        },
        "clinic": {"name": clinic.name, "address": clinic.address, "city": clinic.city, "phone": clinic.phone}
        if clinic
        else None,
        "patient": named,
    }
