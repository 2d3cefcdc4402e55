"""Changing the status of one or several visits."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from shs.appointment.models import GIVEN, LIVE, Appointment, CancelCode, CancelledBy, Status
from shs.appointment.notices import remind as remind_of
from shs.appointment.notices import (
    tell_cancelled,
    tell_confirmed,
    tell_late,
    tell_missed,
    tell_not_answered,
    told_by_phone,
)
from shs.appointment.services.identity import Proof, keep, prove, take_up, test
from shs.appointment.services.notice import require_in_time
from shs.appointment.services.presence import Block, block_of, was_present
from shs.appointment.services.sessions import move_on, serving
from shs.core.dates import show_datetime
from shs.core.due.rows import one_by_one
from shs.core.errors import Forbidden, Invalid, Refused
from shs.core.labels import Label
from shs.core.records.transitions import lock
from shs.doctors.timetable import Timetable
from shs.users.families import speaks_for
from shs.users.models import User
from shs.users.services import at_death, suspension_hits

ACTIONS = {
    Status.CONFIRMED: "confirm",
    Status.COMPLETED: "complete",
    Status.CANCELLED: "cancel",
    Status.MISSED: "miss",
}


def confirm(*, visit: Appointment, now: datetime) -> None:
    """Confirm a visit and notify the patient. Raises as the model's step."""
    with transaction.atomic():
        visit.confirm(now=now)
        tell_confirmed(visit, now)


def check_in(*, visit: Appointment, by: User, now: datetime, proof: Proof | None = None) -> None:
    """Check the patient in. A visit that the desk booked needs a `proof` of who came, and its patient is told what it
    opens. Raises Invalid (422) without one, and as the model's step and `prove`."""
    if visit.needs_proof and proof is None:
        raise Invalid(_("Choose how the patient proved who they are."), field="how")
    if proof is not None and visit.can_be_checked_in(now):
        proof = test(visit=visit, proof=proof, now=now)  # outside of the transaction: a wrong code is counted
    with transaction.atomic():
        visit.check_in(now=now)
        if proof is not None:
            keep(visit=visit, proof=proof, by=by, now=now)


def complete(*, visit: Appointment, by: User, now: datetime, reason: str = "") -> None:
    """Mark a visit as completed. If nobody took the patient in, and the desk booked it or it was marked as missed, an
    auditor and the patient learn what it opens. If its patient was called, the session moves on. Raises as the model's
    step."""
    with transaction.atomic():
        session = serving(visit)
        lock(visit)
        was_missed = visit.status == Status.MISSED
        visit.complete(now=now, reason=reason, is_inside=session is not None)
        if session is not None:
            move_on(session, now)
        if visit.checked_in_at is not None:
            return
        if was_missed:
            take_up(visit=visit, reason=f"missed, then completed without a check-in: {reason}", by=by, now=now)
        elif visit.needs_proof and not visit.identity_checks.exists():
            prove(visit=visit, proof=Proof("none", reason="completed without a check-in"), by=by, now=now)


class Cause(NamedTuple):
    """By whom and why a visit is cancelled: a CancelledBy, a CancelCode, and what is told to both."""

    by_whom: str = CancelledBy.CLINIC
    code: str = CancelCode.OTHER
    reason: str = ""


def cause(visit: Appointment, by: User, now: datetime, *, by_whom: str = "", code: str = "", reason: str = "") -> Cause:
    """The cause of a cancellation by the user `by`: patients, guardians and doctors speak for themselves; a desk says
    `by_whom`, which is the clinic otherwise. Raises Invalid (422) for a side or a code that nobody may give."""
    if visit.doctor.user_id == by.pk:
        by_whom = CancelledBy.DOCTOR
    elif speaks_for(by, visit.patient, now):
        by_whom = CancelledBy.PATIENT
    if by_whom == CancelledBy.NOBODY:
        raise Invalid(_("Choose who cancelled the visit."), field="by_whom")
    if code and code not in GIVEN:
        raise Invalid(_("This reason cannot be chosen."), field="cancel_code")
    return Cause(by_whom or CancelledBy.CLINIC, code or CancelCode.OTHER, reason)


def cancel(*, visit: Appointment, cause: Cause, before: datetime | None = None) -> None:
    """Cancel a visit and notify both with the reason. Raises as the model's step."""
    with transaction.atomic():
        visit.cancel(reason=cause.reason, by_whom=cause.by_whom, code=cause.code, before=before)
        tell_cancelled(visit, cause.reason)


def miss(visit: Appointment, now: datetime | None = None) -> None:
    """Mark a visit as missed and notify both. With `now`, only one that is over. Raises as the model's step."""
    with transaction.atomic():
        visit.miss(now=now)
        tell_missed(visit)


def leave_unanswered(visit: Appointment) -> None:
    """Cancel a request that nobody has answered, and apologise to the patient."""
    with transaction.atomic():
        visit.cancel(reason="nobody answered", by_whom=CancelledBy.NOBODY, code=CancelCode.NOT_ANSWERED)
        tell_not_answered(visit)


def set_status(
    *,
    visit: Appointment,
    status: str,
    notes: str | None,
    reason: str = "",
    cancel_code: str = "",
    by: User,
    now: datetime,
) -> Appointment:
    """Change a visit's status as the user `by`. Raises Forbidden (403) for a step that they may not take, StepRefused
    (409) for one that the state does not allow."""
    action = ACTIONS.get(Status(status))
    if action and not by.has_perm(f"appointment.{action}_appointment", visit):
        raise Forbidden(_("You may not set this status."))
    if notes is not None and not by.has_perm("appointment.annotate_appointment", visit):
        raise Forbidden(_("Only the doctor writes notes."))
    with transaction.atomic():
        match action:
            case "confirm":
                confirm(visit=visit, now=now)
            case "complete":
                complete(visit=visit, by=by, now=now, reason=reason)
            case "cancel":
                why = cause(visit, by, now, code=cancel_code, reason=reason)
                if why.by_whom == CancelledBy.PATIENT:
                    require_in_time(visit, now)
                cancel(visit=visit, cause=why, before=now if why.by_whom == CancelledBy.PATIENT else None)
            case "miss":
                miss(visit, now)
            case _:
                visit.refuse_step(status)
        if notes is not None:
            visit.annotate(notes)
    return visit


ASKED_FOR = timedelta(days=7)
"""So long after a visit its doctor's presence may still be noted, by the completion of another visit of these hours."""


def mark_missed(*, now: datetime, dry_run: bool = False) -> int:
    """Mark confirmed visits as missed that ended MISSED_AFTER_MINUTES ago, if their doctor was there; all others stay
    without an outcome until somebody says it. Returns their number. Safe to run twice at the same time."""
    overdue = now - timedelta(minutes=settings.MISSED_AFTER_MINUTES)
    rows = Appointment.objects.overdue(overdue).filter(ends_at__gt=overdue - ASKED_FOR)
    there: dict[tuple[int, Block], bool] = {}
    hours: dict[int, Timetable] = {}
    stayed_away = []
    for visit in rows.order_by("pk"):
        if visit.doctor_id not in hours:
            hours[visit.doctor_id] = Timetable.of_doctor(visit.doctor_id)
        key = (visit.doctor_id, block_of(visit, hours[visit.doctor_id]))
        if key not in there:
            there[key] = was_present(*key)
        if there[key] and visit.finishes_at < overdue:
            stayed_away.append(visit.pk)
    due = Appointment.objects.overdue(overdue).filter(pk__in=stayed_away).order_by("pk")
    return len(stayed_away) if dry_run else one_by_one(due, miss)


def end_unanswered(*, now: datetime, dry_run: bool = False) -> int:
    """Cancel the requests that can no longer be confirmed; returns their number. Safe to run twice at the same time."""
    due = Appointment.objects.unanswered(now).order_by("pk")
    return due.count() if dry_run else one_by_one(due, leave_unanswered)


MOST_AT_ONCE = 100


def remind(visits: Iterable[Appointment], by: User, *, now: datetime) -> int:
    """Send reminders of those `visits` (with patient, doctor and clinic loaded) that are to come and for which `by` has
    the right; returns the number sent. At most one a day for a visit."""
    return sum(remind_of(visit, now) for visit in _to_remind(visits, by))


def tell_delay(visits: Iterable[Appointment], by: User, *, minutes: int, now: datetime) -> int:
    """Tell the patients of those `visits` that are to come, and of whom `by` may remind, that their doctor is `minutes`
    late; returns how many were told something new."""
    mine = [visit for visit in _to_remind(visits, by) if visit.status in LIVE and visit.starts_at > now]
    for visit in mine:
        visit.expect(visit.starts_at + timedelta(minutes=minutes))
    return sum(tell_late(visit, minutes, now) for visit in mine)


def called(visits: Iterable[Appointment], by: User) -> int:
    """Note that the patients of those `visits` of whom `by` may remind were told by phone; returns how many had to
    be."""
    return sum(told_by_phone(visit) for visit in _to_remind(visits, by))


def _to_remind(visits: Iterable[Appointment], by: User) -> list[Appointment]:
    visits = list(visits)
    allowed = Appointment.objects.allowed(by, "remind").filter(pk__in=[visit.pk for visit in visits])
    mine = set(allowed.values_list("pk", flat=True))
    return [visit for visit in visits if visit.pk in mine]


def why_not_confirmed(visit: Appointment, now: datetime) -> Label:
    """Why a visit cannot be confirmed; empty if it can."""
    if visit.status != Status.PENDING:
        return visit.get_status_display()
    if visit.without_doctor_since is not None:
        return gettext_lazy("the doctor is away")
    return "" if now < visit.ends_at else gettext_lazy("its time has passed")


def confirm_all(visits: Iterable[Appointment], by: User, *, now: datetime) -> tuple[int, list[str]]:
    """Confirm each of `visits` that `by` may confirm; returns as `_each`."""
    return _each(visits, by, "confirm", lambda visit: confirm(visit=visit, now=now))


def cancel_all(visits: Iterable[Appointment], by: User, *, cause: Cause) -> tuple[int, list[str]]:
    """Cancel each of `visits` that `by` may cancel; returns as `_each`."""
    return _each(visits, by, "cancel", lambda visit: cancel(visit=visit, cause=cause))


def _each(
    visits: Iterable[Appointment], by: User, action: str, change: Callable[[Appointment], object]
) -> tuple[int, list[str]]:
    """Change each of `visits` to which `by` may do `action`, each in its own transaction; returns the number changed,
    and sentences why others were not."""
    visits = list(visits)
    allowed = Appointment.objects.allowed(by, action).filter(pk__in=[visit.pk for visit in visits])
    mine = set(allowed.values_list("pk", flat=True))
    done, refused = 0, []
    for visit in visits:
        try:
            if visit.pk not in mine:
                raise Forbidden
            change(visit)
            done += 1
        except Refused as refusal:
            refused.append(f"{visit.patient}, {show_datetime(visit.starts_at)}: {refusal.detail}")
    return done, refused


@at_death
def cancel_visits(user: User, now: datetime) -> None:
    """Cancel the visits to come of a person who has died; their doctors are told."""
    for visit in Appointment.objects.live().upcoming(now).filter(patient=user).order_by("pk"):
        cancel(visit=visit, cause=Cause(CancelledBy.PATIENT, CancelCode.DIED, "the patient has died"))


@suspension_hits
def visits_to_come(user: User, now: datetime) -> list[str]:
    """Sentences about the upcoming visits of a patient and of a doctor, which stay booked."""
    ahead = Appointment.objects.live().upcoming(now)
    found = []
    if number := ahead.filter(patient=user).count():
        words = ngettext(
            "%d visit booked by this person stays booked.", "%d visits booked by this person stay booked.", number
        )
        found.append(words % number)
    if number := ahead.filter(doctor__user=user).count():
        words = ngettext(
            "%d upcoming visit with this doctor is now without a doctor: it is in the list “Visits without a doctor”.",
            "%d upcoming visits with this doctor are now without a doctor: they are in the list “Visits without a "
            "doctor”.",
            number,
        )
        found.append(words % number)
    return found
