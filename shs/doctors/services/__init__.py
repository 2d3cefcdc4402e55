"""Actions on doctors that concern more than one row."""

from shs.doctors.services.hours import Block, add_time_off, set_hours
from shs.doctors.services.profile import LANGUAGE, LICENCE, apply, change, refresh_all, refresh_derived, require_ahead
from shs.doctors.services.reviews import (
    answer_review,
    breakdown,
    change_review,
    hide_review,
    refresh_rating,
    restore_review,
    review,
    withdraw_review,
)

__all__ = [
    "LANGUAGE",
    "LICENCE",
    "Block",
    "add_time_off",
    "answer_review",
    "apply",
    "breakdown",
    "change",
    "change_review",
    "hide_review",
    "refresh_all",
    "refresh_derived",
    "refresh_rating",
    "require_ahead",
    "restore_review",
    "review",
    "set_hours",
    "withdraw_review",
]
