"""How many visits a patient may have open at once."""

from datetime import date, datetime, timedelta
from itertools import groupby, pairwise
from operator import itemgetter

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
    visits = open_visits(patient, now, but=but)
    if visits and by.has_login and not by.is_confirmed:
        raise Unconfirmed(_("You have one open visit. Confirm your e-mail address to book another one."))
    sentence = _same_day(visits, doctor_id, day)
    if but is None:
        sentence = sentence or _too_many(visits, patient, now)
    if sentence:
        raise TooManyVisits(sentence)


def crowding(patient: User, doctor_id: int, day: date, now: datetime) -> str:
    """Why another visit is one too many, with those that are open; empty if it is not. The desk decides itself."""
    visits = open_visits(patient, now)
    return _same_day(visits, doctor_id, day) or _too_many(visits, patient, now)


def crowding_earlier(patient: User, doctor_id: int, day: date, now: datetime, but: Appointment | None) -> str:
    """Why a visit on `day` would be one too many, also if `but` is moved there; empty if it would not."""
    return (
        _same_day(open_visits(patient, now, but=but), doctor_id, day) if but else crowding(patient, doctor_id, day, now)
    )


def crowded_by_merging(kept: User, dropped: User, now: datetime) -> str:
    """Which open visits of two rows of one person would be too many for one; empty if none."""
    visits = sorted([*open_visits(kept, now), *open_visits(dropped, now)], key=lambda visit: visit.starts_at)
    days = [(visit.doctor_id, timezone.localdate(visit.starts_at)) for visit in visits]
    twice = next((day for at, day in enumerate(days) if day in days[:at]), None)
    return _same_day(visits, *twice) if twice else _too_many(visits, kept, now) if len(visits) > 1 else ""


def _same_day(visits: list[Appointment], doctor_id: int, day: date) -> str:
    same = [v for v in visits if v.doctor_id == doctor_id and timezone.localdate(v.starts_at) == day]
    if same:
        return _("There is a visit to this doctor on that day already: %(visits)s.") % {"visits": _listed(same)}
    return ""


def _too_many(visits: list[Appointment], patient: User, now: datetime) -> str:
    if len(visits) >= settings.MAX_OPEN_VISITS:
        words = _("At most %(most)s visits can be open at once. Open are: %(visits)s.")
        return words % {"most": settings.MAX_OPEN_VISITS, "visits": _listed(visits)}
    if visits and has_let_down(patient, now):
        words = _(
            "After several missed visits or late cancellations only one can be open at once. Open is: %(visits)s."
        )
        return words % {"visits": _listed(visits)}
    return ""


def open_visits(patient: User, now: datetime, *, but: Appointment | None = None) -> list[Appointment]:
    """The visits that are requested or confirmed and not over at `now`, soonest first. What became of those that are
    over is for the clinic to say."""
    rows = patient.appointments.filter(status__in=LIVE).upcoming(now).exclude(pk=but.pk if but else None)
    return list(rows.select_related("doctor").order_by("starts_at")[: settings.MAX_OPEN_VISITS + 20])


def has_let_down(patient: User, now: datetime) -> bool:
    """Whether the patient has missed or cancelled late MISSED_VISITS_LIMIT visits in the last MISSED_VISITS_DAYS."""
    if not settings.MISSED_VISITS_LIMIT:
        return False
    since = now - timedelta(days=settings.MISSED_VISITS_DAYS)
    lately = patient.appointments.filter(starts_at__gte=since)
    on_their_side = Q(status=Status.MISSED) | Q(status=Status.CANCELLED, cancelled_by__in=("", CancelledBy.PATIENT))
    states = lately.filter(on_their_side).order_by().values_list("pk", "status")
    failed = dict(states)
    cancelled = [pk for pk, status in failed.items() if status == Status.CANCELLED]
    missed = len(failed) - len(cancelled)
    if missed >= settings.MISSED_VISITS_LIMIT:
        return True
    if len(failed) < settings.MISSED_VISITS_LIMIT:
        return False  # too few, even if each was cancelled late
    return missed + _cancelled_late(patient, cancelled) >= settings.MISSED_VISITS_LIMIT


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
