from shs.doctors.models.clinic import Clinic, DoctorSpecialization
from shs.doctors.models.doctor import DoctorInformation, Verification
from shs.doctors.models.document import DoctorDocument
from shs.doctors.models.hours import DoctorAvailability, TimeOff, Weekday
from shs.doctors.models.review import DoctorReview

__all__ = [
    "Clinic",
    "DoctorAvailability",
    "DoctorDocument",
    "DoctorInformation",
    "DoctorReview",
    "DoctorSpecialization",
    "TimeOff",
    "Verification",
    "Weekday",
]
