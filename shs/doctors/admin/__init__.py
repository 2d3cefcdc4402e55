from shs.doctors.admin.clinics import ClinicScreen, SpecializationScreen
from shs.doctors.admin.doctors import DoctorScreen
from shs.doctors.admin.documents import DocumentScreen
from shs.doctors.admin.hours import AvailabilityScreen, TimeOffScreen
from shs.doctors.admin.register import RegisterScreen
from shs.doctors.admin.reviews import ReviewScreen

__all__ = [
    "AvailabilityScreen",
    "ClinicScreen",
    "DoctorScreen",
    "DocumentScreen",
    "RegisterScreen",
    "ReviewScreen",
    "SpecializationScreen",
    "TimeOffScreen",
]
