from shs.doctors.models.clinic import Clinic, DoctorSpecialization
from shs.doctors.models.doctor import DoctorInformation, Verification
from shs.doctors.models.document import DoctorDocument, DocumentKind
from shs.doctors.models.hours import DoctorAvailability, TimeOff, Weekday
from shs.doctors.models.review import DoctorReview
from shs.doctors.models.verification import CaseNote, CheckKind, CheckResult, Reason, RegisterEntry, VerificationCheck

__all__ = [
    "CaseNote",
    "CheckKind",
    "CheckResult",
    "Clinic",
    "DoctorAvailability",
    "DoctorDocument",
    "DoctorInformation",
    "DoctorReview",
    "DoctorSpecialization",
    "DocumentKind",
    "Reason",
    "RegisterEntry",
    "TimeOff",
    "Verification",
    "VerificationCheck",
    "Weekday",
]
