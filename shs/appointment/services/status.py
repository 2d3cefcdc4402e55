"""Changing the status of one or several visits."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shs.appointment.models import Appointment, Status
from shs.appointment.notices import remind as remind_of
from shs.appointment.notices import tell_cancelled, tell_confirmed, tell_missed
from shs.core.due.rows import one_by_one
from shs.core.errors import Forbidden, Refused
from shs.users.models import User
from shs.users.services import suspension_hits

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
        tell_confirmed(visit)


def cancel(*, visit: Appointment, reason: str = "", before: datetime | None = None) -> None:
    """Cancel a visit and notify both with the reason. Raises as the model's step."""
    with transaction.atomic():
        visit.cancel(reason=reason, before=before)
        tell_cancelled(visit, reason)


def miss(visit: Appointment) -> None:
    """Mark a visit as missed and notify both. Raises as the model's step."""
    with transaction.atomic():
        visit.miss()
        tell_missed(visit)


def set_status(
    *, visit: Appointment, status: str, notes: str | None, reason: str = "", by: User, now: datetime
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
                visit.complete(now=now, reason=reason)
            case "cancel":
                cancel(visit=visit, reason=reason, before=now if visit.patient_id == by.pk else None)
            case "miss":
                miss(visit)
            case _:
                visit.refuse_step(status)
        if notes is not None:
            visit.annotate(notes)
    return visit


def mark_missed(*, now: datetime, dry_run: bool = False) -> int:
    """Mark active visits as missed that ended MISSED_AFTER_MINUTES ago; returns their number. Safe to run twice at the
    same time."""
    due = Appointment.objects.overdue(now - timedelta(minutes=settings.MISSED_AFTER_MINUTES)).order_by("pk")
    return due.count() if dry_run else one_by_one(due, miss)


MOST_AT_ONCE = 100


def remind(visits: Iterable[Appointment], by: User, *, now: datetime) -> int:
    """Send reminders of those `visits` (with patient, doctor and clinic loaded) that are to come and for which `by` has
    the right; returns the number sent. At most one a day for a visit."""
    visits = list(visits)
    allowed = Appointment.objects.allowed(by, "remind").filter(pk__in=[visit.pk for visit in visits])
    mine = set(allowed.values_list("pk", flat=True))
    return sum(remind_of(visit, now) for visit in visits if visit.pk in mine)


def cancel_all(visits: Iterable[Appointment], by: User, *, reason: str) -> tuple[int, list[str]]:
    """Cancel each of `visits` that `by` may cancel, each in its own transaction; returns the number cancelled, and
    sentences why others were not."""
    visits = list(visits)
    allowed = Appointment.objects.allowed(by, "cancel").filter(pk__in=[visit.pk for visit in visits])
    mine = set(allowed.values_list("pk", flat=True))
    done, refused = 0, []
    for visit in visits:
        try:
            if visit.pk not in mine:
                raise Forbidden
            cancel(visit=visit, reason=reason)
            done += 1
        except Refused as refusal:
            refused.append(f"{visit}: {refusal.detail}")
    return done, refused


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
            "%d upcoming visit with this doctor is affected: inform the patient and the desk.",
            "%d upcoming visits with this doctor are affected: inform the patients and the desk.",
            number,
        )
        found.append(words % number)
    return found
