"""Notices about visits to patients and doctors, written in the same transaction as the change."""

from datetime import datetime, timedelta
from typing import TypedDict

from django.utils import timezone

from shs.appointment.calendar import calendar_file
from shs.appointment.models import LIVE, Appointment
from shs.notices.kinds import REMINDERS, Kind
from shs.notices.models import Notice
from shs.notices.services import notice, notify, take_back

BEFORE = {Kind.REMINDER_DAY: timedelta(hours=24), Kind.REMINDER_HOUR: timedelta(hours=1)}


def tell_booked(visit: Appointment, now: datetime) -> None:
    """Notify patient and doctor of a new request."""
    notify(
        _to_patient(visit, Kind.BOOKED, with_calendar=True),
        _to_doctor(visit, Kind.REQUESTED),
        *_reminders(visit, now),
    )


def tell_confirmed(visit: Appointment) -> None:
    """Notify the patient of the confirmation."""
    notify(_to_patient(visit, Kind.CONFIRMED, with_calendar=True))


def tell_cancelled(visit: Appointment, reason: str) -> None:
    """Notify both of the cancellation and withdraw the reminders."""
    _take_reminders_back(visit, "the visit was cancelled")
    notify(
        _to_patient(visit, Kind.CANCELLED, with_calendar=True, reason=reason),
        _to_doctor(visit, Kind.CANCELLED, reason=reason),
    )


def tell_rescheduled(visit: Appointment, before: datetime, now: datetime) -> None:
    """Notify both of the new time, and replace the reminders for the time `before`."""
    _take_reminders_back(visit, "the visit was moved")
    notify(
        _to_patient(visit, Kind.RESCHEDULED, with_calendar=True, from_at=before),
        _to_doctor(visit, Kind.RESCHEDULED, from_at=before),
        *_reminders(visit, now),
    )


def tell_missed(visit: Appointment) -> None:
    """Notify both of a missed visit."""
    _take_reminders_back(visit, "the visit was missed")
    notify(_to_patient(visit, Kind.MISSED), _to_doctor(visit, Kind.MISSED))


def plan_reminders(visit: Appointment, now: datetime) -> None:
    """Schedule the reminders of a visit."""
    notify(*_reminders(visit, now))


def remind(visit: Appointment, now: datetime) -> bool:
    """Send the patient an extra reminder at the clinic's wish, at most once a day; returns whether it was sent."""
    key = f"{visit.pk}:{visit.starts_at.isoformat()}:{timezone.localdate(now)}"
    told = _to_patient(visit, Kind.REMINDER, when={"key": key, "lasts": visit.starts_at - now})
    if visit.status not in LIVE or visit.starts_at <= now or Notice.objects.filter(key=told.key).exists():
        return False
    notify(told)
    return True


def _reminders(visit: Appointment, now: datetime) -> list[Notice]:
    return [
        _to_patient(visit, kind, when={"due_at": visit.starts_at - before, "lasts": before})
        for kind, before in BEFORE.items()
        if visit.starts_at - before > now
    ]


def _take_reminders_back(visit: Appointment, reason: str) -> None:
    take_back(about(visit), kinds=[*REMINDERS, Kind.REMINDER], reason=reason)


class When(TypedDict, total=False):
    """When a notice is due, how long it may be late, and the key by which it is sent once; as in `notice`."""

    due_at: datetime
    lasts: timedelta
    key: str


def _to_patient(
    visit: Appointment, kind: Kind, *, with_calendar: bool = False, when: When | None = None, **more: object
) -> Notice:
    calendar = calendar_file(visit).decode() if with_calendar else ""
    data = {**_data(visit), **more}
    return notice(to=visit.patient, kind=kind, data=data, about=about(visit), calendar=calendar, **(when or {}))


def _to_doctor(visit: Appointment, kind: Kind, **more: object) -> Notice:
    data = {**_data(visit), "as_doctor": True, **more}
    return notice(to=visit.doctor.user, kind=kind, data=data, about=about(visit))


def about(visit: Appointment) -> str:
    """The key by which a notice refers to its visit."""
    return f"appointment:{visit.pk}"


def _data(visit: Appointment) -> dict[str, object]:
    """Time, doctor and place; not the reason."""
    return {
        "number": visit.number,
        "serial": visit.serial,
        "starts_at": visit.starts_at,
        "doctor": visit.doctor.name,
        "patient": visit.patient.name,
        "place": ", ".join(part for part in (visit.clinic.name, visit.clinic.address) if part)
        if visit.clinic
        else visit.doctor.location,
    }
