"""Notices about visits to patients and doctors, written in the same transaction as the change."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypedDict

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from shs.appointment.calendar import Told, invitation
from shs.appointment.models import LIVE, PROVEN, Appointment, Status
from shs.appointment.queue_link import queue_url
from shs.doctors.models import DoctorInformation
from shs.notices.kinds import REMINDERS, Kind
from shs.notices.letters import secret_of
from shs.notices.models import Notice, State
from shs.notices.services import notice, notify, take_back
from shs.users.families import to_family
from shs.users.permissions import BOOK

BEFORE = {Kind.REMINDER_DAY: timedelta(hours=24), Kind.REMINDER_HOUR: timedelta(hours=1)}


@secret_of(Kind.BOOKED)
@secret_of(Kind.REMINDER_DAY)
@secret_of(Kind.REMINDER_HOUR)
@secret_of(Kind.REMINDER)
@secret_of(Kind.DOCTOR_LATE)
def queue_link(told: Notice) -> dict[str, str]:
    """The link to the queue of the visit, which is not stored with the notice."""
    kind, _colon, pk = told.about.partition(":")
    return {"queue_url": queue_url(int(pk))} if kind == "appointment" and pk.isdigit() else {}


def tell_booked(visit: Appointment, now: datetime) -> None:
    """Notify patient and doctor of a new request."""
    told = [_to_patient(visit, Kind.BOOKED, with_calendar=True), *_reminders(visit, now)]
    notify(*_to_family(visit, told), _to_doctor(visit, Kind.REQUESTED))


def tell_booked_for_them(visit: Appointment, now: datetime) -> None:
    """Notify patient and doctor of a visit that the desk has booked and confirmed."""
    tell_confirmed(visit, now)
    notify(_to_doctor(visit, Kind.REQUESTED))


def tell_confirmed(visit: Appointment, now: datetime) -> None:
    """Notify the patient of the confirmation, and of who may read their chart then; the reminders of the request are
    replaced by those of the visit."""
    _take_reminders_back(visit, "the visit was confirmed")
    notify(*_to_family(visit, _reminders(visit, now)))
    if visit.identity in PROVEN:
        told = _to_patient(visit, Kind.CONFIRMED, with_calendar=True, **_opened(visit, now))
    else:
        told = _to_patient(visit, Kind.CONFIRMED, with_calendar=True)
    notify(*_to_family(visit, [told]))


def tell_access(visit: Appointment, now: datetime, *, was_missed: bool = False) -> None:
    """Tell the patient that a visit which the desk took in opens their chart: to whom, why, until when. `was_missed`:
    it is said to have taken place after all."""
    opened = _opened(visit, now)
    told = _to_patient(visit, Kind.ACCESS_OPENED, visit_id=visit.pk, was_missed=was_missed, **opened)
    notify(*_to_family(visit, [told]))


class Opened(TypedDict):
    """From when until when a doctor reads the chart, and whether all of it."""

    reads_at: datetime
    closes_at: datetime | None
    is_whole: bool


def _opened(visit: Appointment, now: datetime) -> Opened:
    begins = visit.starts_at - timedelta(days=settings.RECORD_ACCESS_BEFORE_DAYS)
    return {"reads_at": max(now, begins), "closes_at": visit.opens_until, "is_whole": visit.identity in PROVEN}


def tell_cancelled(visit: Appointment, reason: str) -> None:
    """Notify both of the cancellation and withdraw the reminders."""
    _take_reminders_back(visit, "the visit was cancelled")
    code = visit.cancel_code
    told = _to_patient(visit, Kind.CANCELLED, with_calendar=True, reason=reason, code=code)
    notify(*_to_family(visit, [told]), _to_doctor(visit, Kind.CANCELLED, reason=reason, code=code))


def tell_not_answered(visit: Appointment) -> None:
    """Apologise to the patient for a request that nobody answered, and tell the doctor."""
    _take_reminders_back(visit, "the request was not answered")
    told = _to_patient(visit, Kind.NOT_ANSWERED, with_calendar=True)
    notify(*_to_family(visit, [told]), _to_doctor(visit, Kind.NOT_ANSWERED))


def tell_rescheduled(
    visit: Appointment, before: datetime, now: datetime, *, was_with: DoctorInformation | None = None
) -> None:
    """Notify both of the new time, and replace the reminders for the time `before`. With `was_with`, the clinic has
    moved the visit because that doctor is away, perhaps to a colleague."""
    _take_reminders_back(visit, "the visit was moved")
    is_away = was_with is not None
    before_with = was_with.name if was_with is not None and was_with.pk != visit.doctor_id else ""
    moved = _to_patient(
        visit,
        Kind.RESCHEDULED,
        with_calendar=True,
        from_at=before,
        doctor_is_away=is_away,
        was_with=before_with,
    )
    to_doctor = _to_doctor(visit, Kind.RESCHEDULED, from_at=before, doctor_is_away=is_away, was_with=before_with)
    notify(*_to_family(visit, [moved, *_reminders(visit, now)]), to_doctor)


def hold_reminders(visit: Appointment, now: datetime) -> None:
    """Hold the reminders of a visit whose doctor is away. If nobody decides before the first of them was due, or if it
    was sent, the patient is told not to come."""
    _take_reminders_back(visit, "the doctor is away")
    due_at = max(now, visit.starts_at - BEFORE[Kind.REMINDER_DAY])
    when: When = {"key": _away_key(visit, now), "due_at": due_at, "lasts": timedelta(days=2)}
    if visit.starts_at > now:
        notify(*_to_family(visit, [_to_patient(visit, Kind.DOCTOR_AWAY, when=when)]))


def tell_back(visit: Appointment, now: datetime) -> None:
    """Remind the patient again of a visit whose doctor is there after all; who was told of the absence is told that."""
    _take_reminders_back(visit, "the doctor is there after all")
    told = _reminders(visit, now)
    key = _away_key(visit, visit.without_doctor_since or now)
    if Notice.objects.filter(key=f"{Kind.DOCTOR_AWAY}:{key}").exclude(state=State.TAKEN_BACK).exists():
        told.append(_to_patient(visit, Kind.DOCTOR_BACK))
    notify(*_to_family(visit, told))


def _away_key(visit: Appointment, since: datetime) -> str:
    return f"{visit.pk}:{visit.starts_at.isoformat()}:{since.isoformat()}"


def tell_late(visit: Appointment, minutes: int, now: datetime) -> bool:
    """Tell the patient that the doctor is about so many minutes late, once for each delay; whether it was new."""
    when: When = {"key": f"{visit.pk}:{visit.starts_at.isoformat()}:{minutes}", "lasts": timedelta(hours=6)}
    return _tell_once(visit, _to_patient(visit, Kind.DOCTOR_LATE, when=when, minutes=minutes))


def tell_expected(visit: Appointment, minutes: int, now: datetime) -> None:
    """Tell the patient that the doctor is about so many minutes late, or on time after all (0)."""
    when: When = {"key": f"{visit.pk}:{minutes}:{now.isoformat()}", "lasts": timedelta(hours=6)}
    notify(*_to_family(visit, [_to_patient(visit, Kind.DOCTOR_LATE, when=when, minutes=minutes)]))


def _tell_once(visit: Appointment, told: Notice) -> bool:
    if Notice.objects.filter(key=told.key).exists():
        return False
    notify(*_to_family(visit, [told]))
    return True


def to_call(visits: Sequence[Appointment]) -> QuerySet[Notice]:
    """The notices of `visits` that reach their patient by nothing, so that the desk has to call."""
    return Notice.objects.to_call([about(visit) for visit in visits]) if visits else Notice.objects.none()


def told_by_phone(visit: Appointment) -> bool:
    """Note that the desk has called about a visit; whether it had to."""
    waiting = list(Notice.objects.to_call([about(visit)]))
    for told in waiting:
        told.called()
    return bool(waiting)


def tell_missed(visit: Appointment) -> None:
    """Notify both of a missed visit."""
    _take_reminders_back(visit, "the visit was missed")
    notify(*_to_family(visit, [_to_patient(visit, Kind.MISSED)]), _to_doctor(visit, Kind.MISSED))


def plan_reminders(visit: Appointment, now: datetime) -> None:
    """Schedule the reminders of a visit."""
    notify(*_to_family(visit, _reminders(visit, now)))


def remind(visit: Appointment, now: datetime) -> bool:
    """Send the patient an extra reminder at the clinic's wish, at most once a day; returns whether it was sent."""
    key = f"{visit.pk}:{visit.starts_at.isoformat()}:{timezone.localdate(now)}"
    told = _to_patient(visit, Kind.REMINDER, when={"key": key, "lasts": visit.starts_at - now})
    is_expected = visit.status in LIVE and visit.starts_at > now and visit.without_doctor_since is None
    if not is_expected or Notice.objects.filter(key=told.key).exists():
        return False
    notify(*_to_family(visit, [told]))
    return True


def _reminders(visit: Appointment, now: datetime) -> list[Notice]:
    return [
        _to_patient(visit, kind, when={"due_at": visit.starts_at - before, "lasts": before})
        for kind, before in BEFORE.items()
        if visit.starts_at - before > now
    ]


def _take_reminders_back(visit: Appointment, reason: str) -> None:
    take_back(about(visit), kinds=[*REMINDERS, Kind.REMINDER, Kind.DOCTOR_AWAY], reason=reason)


def _to_family(visit: Appointment, told: list[Notice]) -> list[Notice]:
    """The notices to the patient, and to the guardians who book for them; each calendar file in its reader's
    language."""
    found = to_family(told, visit.patient, BOOK, timezone.now())
    for one in found:
        if one.calendar and one.user_id != visit.patient_id:
            one.calendar = invitation(visit, reader=one.user, told=Told.GUARDIAN)
    return found


class When(TypedDict, total=False):
    """When a notice is due, how long it may be late, and the key by which it is sent once; as in `notice`."""

    due_at: datetime
    lasts: timedelta
    key: str


def _to_patient(
    visit: Appointment, kind: Kind, *, with_calendar: bool = False, when: When | None = None, **more: object
) -> Notice:
    calendar = invitation(visit, reader=visit.patient, told=Told.PATIENT) if with_calendar else ""
    data = {**data_of(visit), **more}
    return notice(
        to=visit.patient,
        kind=kind,
        data=data,
        about=about(visit),
        calendar=calendar,
        charged_to=payer(visit),
        **(when or {}),
    )


def _to_doctor(visit: Appointment, kind: Kind, **more: object) -> Notice:
    data = {**data_of(visit), "as_doctor": True, **more}
    return notice(to=visit.doctor.user, kind=kind, data=data, about=about(visit))


def payer(visit: Appointment) -> str:
    """Whose budget the texts about a visit take: that of its clinic."""
    return f"clinic:{visit.clinic_id}" if visit.clinic_id else ""


ABOUT = "appointment:"


def about(visit: Appointment) -> str:
    """The key by which a notice refers to its visit."""
    return f"{ABOUT}{visit.pk}"


def data_of(visit: Appointment) -> dict[str, object]:
    """Time, also the expected one if the doctor is late, doctor and place; not the reason."""
    return {
        "number": visit.number,
        "serial": visit.serial,
        "is_request": visit.status == Status.PENDING,
        "starts_at": visit.starts_at,
        "expected_at": visit.expected_at,
        "doctor": visit.doctor.name,
        "patient": visit.patient.name,
        "place": ", ".join(part for part in (visit.clinic.name, visit.clinic.address) if part)
        if visit.clinic
        else visit.doctor.location,
    }
