"""How many visits a patient may have open at once."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from itertools import chain, groupby, pairwise
from operator import itemgetter
from typing import NamedTuple

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from shs.appointment.errors import TooManyVisits
from shs.appointment.models import LIVE, Appointment, CancelledBy, Status
from shs.core.dates import show_datetime
from shs.users.errors import Unconfirmed
from shs.users.models import User


def require_room(
    patient: User, doctor_id: int, day: date, now: datetime, *, by: User, but: Appointment | None = None
) -> None:
    """Raises TooManyVisits (409), which names the open visits, if `patient` may not have another one with this doctor
    on `day`, and Unconfirmed (403) for a second one before the address of `by`, who books, is confirmed: the patient or
    a guardian. `but` is a visit that is moved. The caller has locked the patient."""
    visits = own_visits(patient, now, but=but)
    if visits.open and by.has_login and not by.is_confirmed:
        raise Unconfirmed(_("You have one open visit. Confirm your e-mail address to book another one."))
    sentence = _same_day(visits.open, doctor_id, day)
    if but is None:
        sentence = sentence or _too_many(visits, patient)
    if sentence:
        raise TooManyVisits(sentence)


def crowding(patient: User, doctor_id: int, day: date, now: datetime) -> str:
    """Why another visit is one too many, with those that are open; empty if it is not. The desk decides itself."""
    visits = own_visits(patient, now)
    return _same_day(visits.open, doctor_id, day) or _too_many(visits, patient)


def crowding_earlier(patient: User, doctor_id: int, day: date, now: datetime, but: Appointment | None) -> str:
    """Why a visit on `day` would be one too many, also if `but` is moved there; empty if it would not."""
    if but is None:
        return crowding(patient, doctor_id, day, now)
    return _same_day(own_visits(patient, now, but=but).open, doctor_id, day)


def crowded_by_merging(kept: User, dropped: User, now: datetime) -> str:
    """Which open visits of two rows of one person would be too many for one; empty if none."""
    own = own_visits(kept, now)
    visits = sorted([*own.open, *own_visits(dropped, now).open], key=lambda visit: visit.starts_at)
    days = [(visit.doctor_id, timezone.localdate(visit.starts_at)) for visit in visits]
    twice = next((day for at, day in enumerate(days) if day in days[:at]), None)
    if twice:
        return _same_day(visits, *twice)
    return _too_many(own._replace(open=visits), kept) if len(visits) > 1 else ""


def _same_day(visits: list[Appointment], doctor_id: int, day: date) -> str:
    same = [v for v in visits if v.doctor_id == doctor_id and timezone.localdate(v.starts_at) == day]
    if same:
        return _("There is a visit to this doctor on that day already: %(visits)s.") % {"visits": _listed(same)}
    return ""


def _too_many(visits: "OwnVisits", patient: User) -> str:
    if len(visits.open) >= settings.MAX_OPEN_VISITS:
        words = _("At most %(most)s visits can be open at once. Open visits: %(visits)s.")
        return words % {"most": settings.MAX_OPEN_VISITS, "visits": _listed(visits.open)}
    if visits.open and has_let_down(patient, visits):
        words = _(
            "After several missed visits or late cancellations only one visit can be open at a time. "
            "Open visit: %(visits)s."
        )
        return words % {"visits": _listed(visits.open)}
    return ""


class OwnVisits(NamedTuple):
    """Visits of a patient: those that are requested or confirmed and not over, soonest first; and those of the last
    MISSED_VISITS_DAYS that were missed, or cancelled by the patient or by nobody knows whom. What became of others that
    are over is for the clinic to say."""

    open: list[Appointment]
    missed: list[Appointment]
    cancelled: list[Appointment]


def own_visits(patient: User, now: datetime, *, but: Appointment | None = None) -> OwnVisits:
    """The visits that decide whether the patient may have another one, without `but`. One query."""
    since = now - timedelta(days=settings.MISSED_VISITS_DAYS)
    on_their_side = Q(status=Status.MISSED) | Q(status=Status.CANCELLED, cancelled_by__in=("", CancelledBy.PATIENT))
    own = Q(status__in=LIVE, ends_at__gt=now) | on_their_side & Q(starts_at__gte=since)
    rows = patient.appointments.filter(own).exclude(pk=but.pk if but else None).select_related("doctor")
    found: dict[str, list[Appointment]] = defaultdict(list)
    for visit in rows.order_by("starts_at"):
        found[visit.status].append(visit)
    is_open = sorted(chain(*(found[status] for status in LIVE)), key=lambda visit: visit.starts_at)
    return OwnVisits(is_open, found[Status.MISSED], found[Status.CANCELLED])


def has_let_down(patient: User, visits: OwnVisits) -> bool:
    """Whether the patient has missed or cancelled late MISSED_VISITS_LIMIT visits in the last MISSED_VISITS_DAYS."""
    most, missed = settings.MISSED_VISITS_LIMIT, len(visits.missed)
    if not most or missed + len(visits.cancelled) < most:
        return False  # too few, even if each was cancelled late
    return missed >= most or missed + _cancelled_late(patient, [visit.pk for visit in visits.cancelled]) >= most


def stays_away(patient: User) -> bool:
    """Whether the patient came to none of the last MISSED_IN_A_ROW visits."""
    number = settings.MISSED_IN_A_ROW
    rows = patient.appointments.filter(status__in=(Status.COMPLETED, Status.MISSED)).order_by("-starts_at", "-pk")
    last = list(rows.values_list("status", flat=True)[:number])
    return bool(number) and last == [Status.MISSED] * number


def _cancelled_late(patient: User, cancelled: list[int]) -> int:
    """How many of these visits the patient cancelled late: the cancellation, or a move before it, came too late for the
    time that the visit had until then."""
    notice = timedelta(hours=settings.LATE_CANCELLATION_HOURS)
    rows = Appointment.history.filter(id__in=cancelled).order_by("id", "history_date", "history_id")
    lines = rows.values_list("id", "history_date", "history_user", "status", "starts_at")
    number = 0
    for _pk, visit in groupby(lines, key=itemgetter(0)):
        is_late = is_cancelled = False
        for (*_ignored, was, before), (_same, at, by, status, time) in pairwise(visit):
            if by == patient.pk and (time != before or (status == Status.CANCELLED) != (was == Status.CANCELLED)):
                is_late |= at > before - notice
                is_cancelled |= status == Status.CANCELLED
        number += is_late and is_cancelled
    return number


def _listed(visits: list[Appointment]) -> str:
    shown = [f"{show_datetime(v.starts_at)} {v.doctor.name} ({v.number})" for v in visits[: settings.MAX_OPEN_VISITS]]
    return "; ".join(shown)
