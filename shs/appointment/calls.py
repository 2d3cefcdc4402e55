"""Whom the desk has to call: patients who could not be told of a change, because nothing reaches them or the delivery
failed."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Q

from shs.appointment.models import LIVE, Appointment, CancelledBy, Status
from shs.core.caller import Caller
from shs.core.labels import Label
from shs.doctors.models import Clinic
from shs.notices.models import NOT_REACHED, Notice

MOST_CALLS = 100
"""So many visits a list of calls shows at most."""
LOOKED_BACK = timedelta(days=90)
"""What could not be told longer ago is not looked for; patients book at most so far ahead."""
MOST_NOTICES = 2_000


class Call(NamedTuple):
    """A visit whose patient is to be called: what to tell, and how often and when last nobody answered."""

    visit: Appointment
    tells: Sequence[Label]
    tries: int
    tried_at: datetime | None


def calls_for(user: Caller, now: datetime, *, clinic: Clinic | None, most: int = MOST_CALLS) -> list[Call]:
    """The visits to come at `clinic` (None: all) of whose patients `user` may remind, and who are to be called: the
    soonest first, at most `most` + 1, so that the caller sees whether there are more. Three queries at most; one if
    nobody is to be called. Who has cancelled themselves knows it."""
    told: dict[int, list[Notice]] = {}
    rows = Notice.objects.undelivered().filter(due_at__gte=now - LOOKED_BACK, about__startswith="appointment:")
    for one in rows.order_by("-due_at")[:MOST_NOTICES]:
        if one.subject:
            told.setdefault(one.subject[1], []).append(one)
    if not told:
        return []
    knows = Q(status=Status.CANCELLED, cancelled_by=CancelledBy.PATIENT)
    visits = Appointment.objects.allowed(user, "remind").filter(pk__in=told, starts_at__gt=now)
    visits = visits.filter(Q(status__in=LIVE) | Q(status=Status.CANCELLED) & ~knows)
    if clinic is not None:
        visits = visits.filter(clinic=clinic)
    found = list(visits.select_related("patient", "doctor", "clinic").order_by("starts_at", "pk")[: most + 1])
    tries = _tries(one.pk for visit in found for one in told[visit.pk])
    return [_call(visit, told[visit.pk], tries) for visit in found]


def _call(visit: Appointment, told: list[Notice], tries: dict[int, list[datetime]]) -> Call:
    when = max((tries.get(one.pk, []) for one in told), key=len)
    tells = list(dict.fromkeys(one.get_kind_display() for one in reversed(told)))
    return Call(visit, tells, len(when), max(when, default=None))


def _tries(notices: Iterable[int]) -> dict[int, list[datetime]]:
    """Key of a notice → when somebody called in vain."""
    found: dict[int, list[datetime]] = {}
    lines = Notice.history.filter(id__in=list(notices), history_change_reason=NOT_REACHED)
    for pk, at in lines.values_list("id", "history_date"):
        found.setdefault(pk, []).append(at)
    return found
