from shs.doctors.models.clinic import Clinic, DoctorSpecialization
from shs.doctors.models.closed import ClosedDay
from shs.doctors.models.doctor import DoctorInformation, Reason, Verification
from shs.doctors.models.hours import DoctorAvailability, HoursBlock, HoursPeriod, PeriodBlock, TimeOff, Weekday
from shs.doctors.models.names import PlaceName, Places, SpecialtyAlias
from shs.doctors.models.proposal import FACTS, FactProposal
from shs.doctors.models.review import DoctorReview

__all__ = [
    "FACTS",
    "Clinic",
    "ClosedDay",
    "DoctorAvailability",
    "DoctorInformation",
    "DoctorReview",
    "DoctorSpecialization",
    "FactProposal",
    "HoursBlock",
    "HoursPeriod",
    "PeriodBlock",
    "PlaceName",
    "Places",
    "Reason",
    "SpecialtyAlias",
    "TimeOff",
    "Verification",
    "Weekday",
]
