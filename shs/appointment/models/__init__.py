"""Visits and slots."""

from shs.appointment.models.slot import AppointmentSlot, on_day
from shs.appointment.models.visit import (
    AMENDING,
    HOLDING,
    LIVE,
    LONGEST,
    Appointment,
    AppointmentQuerySet,
    Status,
    new_number,
)

__all__ = [
    "AMENDING",
    "HOLDING",
    "LIVE",
    "LONGEST",
    "Appointment",
    "AppointmentQuerySet",
    "AppointmentSlot",
    "Status",
    "new_number",
    "on_day",
]
