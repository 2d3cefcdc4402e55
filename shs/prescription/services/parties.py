"""Doctor, clinic and patient as they are named on a prescription."""

from datetime import datetime

from shs.core.ages import Precision
from shs.doctors.models import Clinic, DoctorInformation
from shs.prescription.models import Prescription
from shs.prescription.models.content import ClinicNamed, Parties, PatientNamed
from shs.prescription.services.known import known_of
from shs.users.models import User


def parties_of(draft: Prescription, now: datetime) -> Parties:
    """Names and details of doctor, clinic and patient at `now`, stored with the prescription so that its PDF never
    changes."""
    draft.doctor.refresh_from_db()
    found = parties(draft.doctor, draft.appointment.clinic, draft.patient)
    known = known_of(draft.patient, draft.doctor.user, is_confidential=draft.is_confidential, now=now)
    found["patient"].update(known)  # type: ignore[typeddict-item]  # its keys are those of Known, too
    return found


def parties(doctor: DoctorInformation, clinic: Clinic | None, patient: User) -> Parties:
    """The details of doctor, clinic and patient on a prescription."""
    return {
        "doctor": {
            "name": doctor.name,
            "license_number": doctor.license_number,
            "education": doctor.education,
            "specializations": sorted(row.name for row in doctor.specializations.all()),
        },
        "clinic": named_clinic(clinic) if clinic else None,
        "patient": named_patient(patient),
    }


def named_patient(patient: User) -> PatientNamed:
    """The patient as a paper names them."""
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
    return named


def named_clinic(clinic: Clinic) -> ClinicNamed:
    """The clinic as a paper names it."""
    named: ClinicNamed = {
        "name": clinic.name,
        "address": clinic.address,
        "city": clinic.city,
        "phone": clinic.phone,
    }
    if clinic.letterhead:
        named["letterhead"] = clinic.letterhead
    if clinic.logo:
        named["logo"] = str(clinic.logo.name)
    return named
