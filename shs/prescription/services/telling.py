"""Notices about a prescription, without its content."""

from datetime import datetime, time, timedelta

from django.utils import timezone

from shs.notices.kinds import Kind
from shs.notices.services import notice, notify, take_back
from shs.prescription.models import Prescription
from shs.users.families import to_family
from shs.users.permissions import READ

FOLLOW_UP_NOTICE = timedelta(days=2)
"""Time before the follow-up at which the patient is reminded, early enough to book a visit."""


def tell_issued(issued: Prescription, now: datetime) -> None:
    """Notify the patient of the prescription, and later of the follow-up, without its content."""
    if issued.amends:
        take_follow_up_back(issued.amends)
    data = {"doctor": issued.doctor.name, "is_amended": issued.amends is not None}
    told = [notice(to=issued.patient, kind=Kind.PRESCRIPTION_ISSUED, data=data, about=_about(issued))]
    if day := issued.follow_up_date:
        morning = timezone.make_aware(datetime.combine(day, time(9)))
        told.append(
            notice(
                to=issued.patient,
                kind=Kind.FOLLOW_UP_DUE,
                data={"doctor": issued.doctor.name, "follow_up_on": day},
                about=_about(issued),
                due_at=max(morning - FOLLOW_UP_NOTICE, now),
                lasts=FOLLOW_UP_NOTICE + timedelta(days=1),
            )
        )
    notify(*(told if issued.is_confidential else to_family(told, issued.patient, READ, now)))


def tell_cancelled(cancelled: Prescription, now: datetime) -> None:
    """Take back the reminder of the follow-up, and notify the patient that what was issued no longer counts: they may
    hold the paper, and the medicines. Nobody is told of a draft."""
    take_follow_up_back(cancelled)
    if not cancelled.digest:
        return
    data = {"doctor": cancelled.doctor.name, "is_prescription": True}
    told = [notice(to=cancelled.patient, kind=Kind.PAPER_CANCELLED, data=data, about=_about(cancelled))]
    notify(*(told if cancelled.is_confidential else to_family(told, cancelled.patient, READ, now)))


def take_follow_up_back(issued: Prescription) -> None:
    """Take back the reminder of the follow-up."""
    take_back(_about(issued), kinds=[Kind.FOLLOW_UP_DUE], reason="the prescription no longer holds")


def _about(issued: Prescription) -> str:
    return f"prescription:{issued.pk}"
