"""The states of a visit, what follows from them, and its number."""

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    """Status of a visit."""

    PENDING = "pending", _("Requested")
    CONFIRMED = "confirmed", _("Confirmed")
    COMPLETED = "completed", _("Completed")
    CANCELLED = "cancelled", _("Cancelled")
    MISSED = "missed", _("Missed")


class Identity(models.TextChoices):
    """How it is known that a visit is its patient's."""

    APP = "app", _("Booked by the patient")
    CODE = "code", _("Proven by a code")
    PHONE = "phone", _("Proven by a code to the phone")
    CARD = "card", _("Proven by the patient card")
    DOCUMENT = "document", _("Proven by a document")
    REGISTERED = "registered", _("First visit of somebody registered for it")
    EARLIER = "earlier", _("Before proof of identity was required")
    NONE = "none", _("Without proof")
    OBJECTED = "objected", _("Objected to by the patient")


PROVEN = tuple(way for way in Identity if way not in (Identity.NONE, Identity.OBJECTED))
"""With these the visit counts as the patient's. Of who has just been registered the chart is empty: there is nothing
that a proof would protect."""

OPENING = (Status.CONFIRMED, Status.COMPLETED)
"""The states in which a visit opens something of the chart to its doctor."""

LIVE = (Status.PENDING, Status.CONFIRMED)


HOLDING = (*LIVE, Status.COMPLETED)
"""The states in which a visit occupies its slot and its patient's time."""


AMENDING = timedelta(hours=24)

OFFER = "offer_earlier"
"""The job that offers free slots to those who wait. It is asked for wherever a slot may have become free."""

LONGEST = timedelta(hours=13)
"""No visit is longer: a slot has at most 240 minutes, and a block by serial 12 hours, 13 if the clocks are put back."""

AROUND = timedelta(hours=3)
"""A visit near midnight can be checked in so long before and after it, also on the other day."""


def new_number(booked_at: datetime) -> str:
    """A number such as APT-20261125-K7QX2M: the day of booking, which a move does not change, and 30 random bits in
    letters that are hard to confuse."""
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    tail = "".join(secrets.choice(letters) for _ in range(6))
    return f"APT-{timezone.localtime(booked_at):%Y%m%d}-{tail}"


def opening_times(now: datetime) -> dict[str, datetime]:
    """The times that decide which visits open something at `now`: see `AppointmentQuerySet.opening`."""
    return {
        "now": now,
        "overdue": now - timedelta(minutes=settings.MISSED_AFTER_MINUTES),
        "begin": now + timedelta(days=settings.RECORD_ACCESS_BEFORE_DAYS),
    }
