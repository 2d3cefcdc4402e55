"""Slots, booking, and actions on several visits."""

from shs.appointment.services.booking import EXTRA_STEP, book, engaged_times, reschedule, walk_in
from shs.appointment.services.reviews import review
from shs.appointment.services.slots import (
    Busy,
    Opening,
    busy_times,
    first_free,
    latest_start,
    opening_at,
    openings,
    slots_of,
)
from shs.appointment.services.status import (
    ACTIONS,
    MOST_AT_ONCE,
    cancel,
    cancel_all,
    confirm,
    mark_missed,
    miss,
    remind,
    set_status,
    visits_to_come,
)

__all__ = [
    "ACTIONS",
    "EXTRA_STEP",
    "MOST_AT_ONCE",
    "Busy",
    "Opening",
    "book",
    "busy_times",
    "cancel",
    "cancel_all",
    "confirm",
    "engaged_times",
    "first_free",
    "latest_start",
    "mark_missed",
    "miss",
    "opening_at",
    "openings",
    "remind",
    "reschedule",
    "review",
    "set_status",
    "slots_of",
    "visits_to_come",
    "walk_in",
]
