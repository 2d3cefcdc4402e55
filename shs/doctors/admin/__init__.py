from shs.doctors.admin.clinics import ClinicScreen, SpecializationScreen
from shs.doctors.admin.doctors import DoctorScreen
from shs.doctors.admin.hours import AvailabilityScreen, TimeOffScreen
from shs.doctors.admin.names import PlaceNameScreen, SpecialtyAliasScreen
from shs.doctors.admin.reviews import ReviewScreen

__all__ = [
    "AvailabilityScreen",
    "ClinicScreen",
    "DoctorScreen",
    "PlaceNameScreen",
    "ReviewScreen",
    "SpecializationScreen",
    "SpecialtyAliasScreen",
    "TimeOffScreen",
]
