"""Screens for visits, and the desk board."""

from shs.appointment.admin.board import desk
from shs.appointment.admin.day_list import day_list
from shs.appointment.admin.slots import SlotScreen
from shs.appointment.admin.visits import AppointmentScreen, today

__all__ = ["AppointmentScreen", "SlotScreen", "day_list", "desk", "today"]
