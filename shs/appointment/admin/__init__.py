"""Screens for visits, and the desk board."""

from shs.appointment import free
from shs.appointment.admin.board import desk
from shs.appointment.admin.day_list import day_list
from shs.appointment.admin.slots import SlotScreen
from shs.appointment.admin.visits import AppointmentScreen

__all__ = ["AppointmentScreen", "SlotScreen", "day_list", "desk", "free"]
