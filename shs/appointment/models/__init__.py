"""Visits and slots."""

from shs.appointment.models.ends import GIVEN, CancelCode, CancelledBy
from shs.appointment.models.feed import ALARMS, CalendarFeed, FeedKind, new_token
from shs.appointment.models.identity import IdentityCheck, IdentityCode
from shs.appointment.models.lateness import Lateness
from shs.appointment.models.registration import Registration
from shs.appointment.models.screen import WaitingScreen, code_of, pk_of
from shs.appointment.models.session import UNDO_WITHIN, DoctorSession, Turn, TurnOutcome
from shs.appointment.models.slot import AppointmentSlot, on_day
from shs.appointment.models.states import (
    AMENDING,
    HOLDING,
    LIVE,
    LONGEST,
    OFFER,
    OPENING,
    PROVEN,
    Identity,
    Status,
    new_number,
    opening_times,
)
from shs.appointment.models.visit import Appointment, AppointmentQuerySet
from shs.appointment.models.waiting import (
    TAKEN_MEANWHILE,
    EarlierOffer,
    EarlierOfferQuerySet,
    EarlierWish,
    EarlierWishQuerySet,
    Outcome,
    WishState,
    make_offer,
)

__all__ = [
    "ALARMS",
    "AMENDING",
    "GIVEN",
    "HOLDING",
    "LIVE",
    "LONGEST",
    "OFFER",
    "OPENING",
    "PROVEN",
    "TAKEN_MEANWHILE",
    "UNDO_WITHIN",
    "Appointment",
    "AppointmentQuerySet",
    "AppointmentSlot",
    "CalendarFeed",
    "CancelCode",
    "CancelledBy",
    "DoctorSession",
    "EarlierOffer",
    "EarlierOfferQuerySet",
    "EarlierWish",
    "EarlierWishQuerySet",
    "FeedKind",
    "Identity",
    "IdentityCheck",
    "IdentityCode",
    "Lateness",
    "Outcome",
    "Registration",
    "Status",
    "Turn",
    "TurnOutcome",
    "WaitingScreen",
    "WishState",
    "code_of",
    "make_offer",
    "new_number",
    "new_token",
    "on_day",
    "opening_times",
    "pk_of",
]
