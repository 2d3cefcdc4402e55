from shs.doctors.models.clinic import Clinic, DoctorSpecialization
from shs.doctors.models.doctor import DoctorInformation, Reason, Verification
from shs.doctors.models.hours import DoctorAvailability, TimeOff, Weekday
from shs.doctors.models.review import DoctorReview

__all__ = [
    "Clinic",
    "DoctorAvailability",
    "DoctorInformation",
    "DoctorReview",
    "DoctorSpecialization",
    "Reason",
    "TimeOff",
    "Verification",
    "Weekday",
]
