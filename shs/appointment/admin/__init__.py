"""Screens for visits, and the desk board."""

from shs.appointment import free
from shs.appointment.admin.board import desk
from shs.appointment.admin.calendars import CalendarFeedScreen, calendars
from shs.appointment.admin.calls import calls
from shs.appointment.admin.clinics import PlannedClinicScreen
from shs.appointment.admin.day_list import day_list
from shs.appointment.admin.diary import calendar
from shs.appointment.admin.hours import PlannedHoursScreen, PlannedTimeOffScreen
from shs.appointment.admin.late import late
from shs.appointment.admin.plan import plan
from shs.appointment.admin.registrations import RegistrationScreen
from shs.appointment.admin.screens import screens
from shs.appointment.admin.sessions import DoctorSessionScreen
from shs.appointment.admin.slots import SlotScreen
from shs.appointment.admin.visits import AppointmentScreen
from shs.appointment.admin.waiting import EarlierWishScreen

__all__ = [
    "AppointmentScreen",
    "CalendarFeedScreen",
    "DoctorSessionScreen",
    "EarlierWishScreen",
    "PlannedClinicScreen",
    "PlannedHoursScreen",
    "PlannedTimeOffScreen",
    "RegistrationScreen",
    "SlotScreen",
    "calendar",
    "calendars",
    "calls",
    "day_list",
    "desk",
    "free",
    "late",
    "plan",
    "screens",
]
