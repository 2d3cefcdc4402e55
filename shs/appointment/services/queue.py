"""Who waits for a doctor today, in which order they are called, and when a patient can expect to be."""

import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from shs.appointment.models import LONGEST, Appointment, DoctorSession, Status, Turn, TurnOutcome
from shs.core.dates import midnight

WEEKS = timedelta(weeks=4)
"""The consultations of so long say how long the next ones may take."""

LEAST = 10
"""Of fewer nothing can be said."""

MOST = 400
"""The latest ones, if there are more."""


NIGHT = timedelta(hours=4)
"""So long after midnight the queues of the evening still stand, for hours over midnight."""


class QueuePlace(NamedTuple):
    """Where a queue stands: a doctor's day at a clinic (None: a place of their own)."""

    doctor_id: int
    clinic_id: int | None
    day: date


class Entry(NamedTuple):
    """What of a visit decides its place."""

    pk: int
    serial: int
    starts_at: datetime
    expected_at: datetime | None
    checked_in_at: datetime | None
    urgent_at: datetime | None
    status: str
    without_doctor_since: datetime | None
    doctor_id: int
    clinic_id: int | None

    @property
    def begins_at(self) -> datetime:
        """When it is expected by the plan."""
        return self.expected_at or self.starts_at


class Call(NamedTuple):
    """A call of a visit that was not undone."""

    visit_id: int
    called_at: datetime
    ended_at: datetime | None
    outcome: str


class Took(NamedTuple):
    """How long a consultation takes: three in four take longer than `short`, and one in four longer than `long`."""

    short: timedelta
    long: timedelta


@dataclass(frozen=True)
class Queue:
    """The queue at `place`. `session` is the one that runs, else the last one of the day, `waiting` those who are
    checked in, in the order in which they are called, and `coming` those who are not, by serial."""

    place: QueuePlace
    session: DoctorSession | None = None
    entries: dict[int, Entry] = field(default_factory=dict)
    waiting: list[Entry] = field(default_factory=list)
    coming: list[Entry] = field(default_factory=list)
    seen: frozenset[int] = frozenset()
    absent: frozenset[int] = frozenset()

    @property
    def inside(self) -> Entry | None:
        """The visit that was called and is not over."""
        called = self.session.now_serving_id if self.session else None
        return self.entries.get(called) if called else None

    def is_late(self, entry: Entry) -> bool:
        """Whether a patient came after their time and after the doctor had begun: they are called after the others."""
        return is_late(entry, self.session.begun_at if self.session else None)


def is_late(entry: Entry, begun_at: datetime | None) -> bool:
    """As `Queue.is_late`. Nobody is late for a doctor who has not begun."""
    if entry.checked_in_at is None or begun_at is None:
        return False
    return entry.checked_in_at > max(entry.begins_at, begun_at)


FIELDS = Entry._fields


def queue_at(place: QueuePlace) -> Queue:
    """The queue at one place; three queries."""
    rows = Q(doctor=place.doctor_id, clinic=place.clinic_id)
    return queues(rows, place.day).get(place) or Queue(place)


def queues(rows: Q, day: date, known: Iterable[DoctorSession] | None = None) -> dict[QueuePlace, Queue]:
    """The queues of `day` of the doctors and clinics that `rows` names (a condition on visits and on sessions alike):
    of all who have a visit then, or a session. Three queries; two for those who know all of these sessions."""
    visits: dict[QueuePlace, list[Entry]] = defaultdict(list)
    found = Appointment.objects.filter(rows, starts_at__gte=_begins(day), starts_at__lt=ends_with(day))
    found = found.order_by("serial", "starts_at", "pk")
    for values in found.values_list(*FIELDS):
        entry = Entry(*values)
        visits[QueuePlace(entry.doctor_id, entry.clinic_id, day)].append(entry)
    sessions: dict[QueuePlace, DoctorSession] = {}
    read = DoctorSession.objects.filter(rows, day=day).select_related("doctor", "clinic")
    of_day = read if known is None else known
    for session in (ordered := sorted(of_day, key=lambda one: (one.begun_at, one.pk))):
        sessions[QueuePlace(session.doctor_id, session.clinic_id, day)] = session
    calls: dict[int, list[Call]] = defaultdict(list)
    if sessions:
        of_visits = Turn.objects.filter(session__in=[one.pk for one in ordered]).exclude(outcome=TurnOutcome.UNDONE)
        for doctor_id, *values in of_visits.order_by("called_at", "pk").values_list("session__doctor", *Call._fields):
            calls[doctor_id].append(Call(*values))
    places = dict.fromkeys([*visits, *sessions])
    return {
        place: _ordered(place, sessions.get(place), visits.get(place, []), calls.get(place.doctor_id, []))
        for place in places
    }


def _ordered(
    place: QueuePlace, session: DoctorSession | None, entries: Sequence[Entry], calls: Sequence[Call]
) -> Queue:
    last = {call.visit_id: call for call in calls}
    here = {entry.pk: entry for entry in entries if entry.status == Status.CONFIRMED and entry.checked_in_at}
    seen = {pk for pk, entry in here.items() if _is_over(entry, last.get(pk))}
    inside = {call.visit_id for call in calls if call.ended_at is None}
    waiting = [entry for pk, entry in here.items() if pk not in seen and pk not in inside]
    absent = [entry for entry in waiting if _was_absent(entry, last.get(entry.pk))]
    line = in_line([entry for entry in waiting if entry not in absent], session.begun_at if session else None)
    for entry in sorted(absent, key=lambda entry: last[entry.pk].ended_at or last[entry.pk].called_at):
        behind = settings.NOT_HERE_GOES_BEHIND - _called_since(calls, last[entry.pk])
        line.insert(max(0, min(behind, len(line))), entry)
    return Queue(
        place,
        session,
        {entry.pk: entry for entry in entries},
        line,
        [entry for entry in entries if entry.status == Status.CONFIRMED and entry.checked_in_at is None],
        frozenset(seen),
        frozenset(entry.pk for entry in absent),
    )


def in_line(waiting: Iterable[Entry], begun_at: datetime | None) -> list[Entry]:
    """The order of those who are there: urgent ones as they were put first, then by serial, then who came late, as they
    came."""

    def place(entry: Entry) -> tuple[int, datetime | int, int, int]:
        if entry.urgent_at is not None:
            return 0, int(entry.urgent_at.timestamp() * 1_000_000), entry.serial, entry.pk
        if is_late(entry, begun_at) and entry.checked_in_at is not None:
            return 2, int(entry.checked_in_at.timestamp() * 1_000_000), entry.serial, entry.pk
        return 1, entry.serial, 0, entry.pk

    return sorted(waiting, key=place)


def _is_over(entry: Entry, call: Call | None) -> bool:
    """Whether the patient has been seen; who is checked in again afterwards waits again. As `Turn.objects.over()`."""
    if call is None or call.outcome != TurnOutcome.SEEN or call.ended_at is None:
        return False
    return entry.checked_in_at is not None and entry.checked_in_at <= call.ended_at


def _was_absent(entry: Entry, call: Call | None) -> bool:
    """Whether the patient did not answer the last call, and nobody has put them first or checked them in since."""
    if call is None or call.outcome != TurnOutcome.NOT_HERE or call.ended_at is None:
        return False
    came = max(at for at in (entry.checked_in_at, entry.urgent_at, call.called_at) if at is not None)
    return came <= call.ended_at


def _called_since(calls: Iterable[Call], absence: Call) -> int:
    """How many others were called after somebody was not there."""
    end = absence.ended_at or absence.called_at
    return len({call.visit_id for call in calls if call.called_at >= end and call.visit_id != absence.visit_id})


def took(doctor_id: int, now: datetime) -> Took | None:
    """How long the consultations of a doctor took in the last weeks, by the times between calls; None if there were too
    few. One query."""
    rows = Turn.objects.filter(
        session__doctor=doctor_id, session__day__gte=timezone.localdate(now - WEEKS), outcome=TurnOutcome.SEEN
    )
    times = rows.order_by("-pk").values_list("called_at", "ended_at")[:MOST]
    lengths = [end - start for start, end in times if end is not None and end - start <= LONGEST]
    if len(lengths) < LEAST:
        return None
    short, _middle, long = statistics.quantiles([length.total_seconds() for length in lengths], n=4)
    return Took(timedelta(seconds=max(0.0, short)), timedelta(seconds=long))


def day_of(at: datetime) -> date:
    """The day whose queues stand at a time, and to which a visit at that time belongs."""
    return timezone.localdate(at - NIGHT)


def _begins(day: date) -> datetime:
    return midnight(day) + NIGHT


def ends_with(day: date) -> datetime:
    """When the queues of `day` end."""
    return _begins(day + timedelta(days=1))
