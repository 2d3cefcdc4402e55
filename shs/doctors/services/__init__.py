"""Actions on doctors that concern more than one row."""

from shs.doctors.services.derived import refresh_all, refresh_at, refresh_derived
from shs.doctors.services.hours import Block, add_time_off, period_of, set_hours, store_period, week_of
from shs.doctors.services.profile import apply, change, open_profile
from shs.doctors.services.proposals import accept, fold, propose, refuse, verified_facts, waiting, withdraw
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
from shs.doctors.services.values import LANGUAGE, LICENCE, require_ahead

__all__ = [
    "LANGUAGE",
    "LICENCE",
    "Block",
    "accept",
    "add_time_off",
    "answer_review",
    "apply",
    "breakdown",
    "change",
    "change_review",
    "fold",
    "hide_review",
    "open_profile",
    "period_of",
    "propose",
    "refresh_all",
    "refresh_at",
    "refresh_derived",
    "refresh_rating",
    "refuse",
    "require_ahead",
    "restore_review",
    "review",
    "set_hours",
    "store_period",
    "verified_facts",
    "waiting",
    "week_of",
    "withdraw",
    "withdraw_review",
]
