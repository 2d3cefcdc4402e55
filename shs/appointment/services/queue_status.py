"""Where a patient stands in the queue, as the app and the page behind the link of a slip say it."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import models
from django.utils.translation import gettext_lazy as _

from shs.appointment.models import LIVE, Appointment, Status
from shs.appointment.services.queue import Entry, Queue, QueuePlace, Took, day_of, queue_at, took
from shs.core.labels import Label

STEP = timedelta(minutes=5)
"""Expected times are rounded to this, outwards."""


class Where(models.TextChoices):
    """How it stands with a visit, with what its patient is told."""

    NOT_TODAY = "not_today", _("Your visit is on another day. On that day this page shows the queue.")
    OVER = "over", _("Your visit has taken place.")
    CANCELLED = "cancelled", _("Your visit will not take place. Ask at the desk.")
    REQUESTED = "requested", _("Your visit is not confirmed yet. Ask at the desk.")
    AWAY = "away", _("The doctor is away. Please ask at the desk about your visit.")
    NOT_BEGUN = "not_begun", _("The doctor has not begun yet.")
    PAUSED = "paused", _("The doctor has paused.")
    ENDED = "ended", _("The doctor has finished for today. Ask at the desk.")
    CALLED = "called", _("It is your turn: please go in.")
    SEEN = "seen", _("You have been seen.")
    NOT_HERE = "not_here", _("You were called and were not there: you will be called again. Tell the desk.")
    COMING = "coming", _("The doctor sees patients. Check in at the desk when you arrive.")
    WAITING = "waiting", _("Please wait until your serial is called.")


KNOWN_SOON = (Where.NOT_BEGUN, Where.COMING, Where.WAITING, Where.NOT_HERE)
"""Where an expected time can be told."""


class QueueStatus(NamedTuple):
    """Where a visit stands. `now_serving` is the serial inside, `before_me` how many are called before, each None where
    there is no queue; the expected times are None where nothing is known. `late_minutes`: by how much the doctor is
    behind the plan, None if that is not known."""

    state: Where
    serial: int
    room: str
    now_serving: int | None = None
    before_me: int | None = None
    expected_from: datetime | None = None
    expected_to: datetime | None = None
    late_minutes: int | None = None

    @property
    def is_expected(self) -> bool:
        """Whether a time is told."""
        return self.expected_from is not None

    @property
    def note(self) -> Label:
        """The state in words, and that a time is not known yet where one could be expected."""
        if self.state in KNOWN_SOON and not self.is_expected:
            return f"{self.state.label} {NOT_KNOWN}"
        return self.state.label


NOT_KNOWN = _("The time is not known yet.")


def queue_status_of(visit: Appointment, now: datetime) -> QueueStatus:
    """Where `visit` stands at `now`; four queries on its day, none on another one."""
    day = day_of(visit.starts_at)
    if day != day_of(now):
        return QueueStatus(Where.NOT_TODAY if visit.status in LIVE else _gone(visit.status), visit.serial, "")
    queue = queue_at(QueuePlace(visit.doctor_id, visit.clinic_id, day))
    return queue_status_in(queue, visit.pk, took(visit.doctor_id, now), now)


def _gone(status: str) -> Where:
    return Where.OVER if status == Status.COMPLETED else Where.CANCELLED


def queue_status_in(queue: Queue, pk: int, lasts: Took | None, now: datetime) -> QueueStatus:
    """Where the visit `pk`, which is of this queue, stands in it; no query."""
    mine, session = queue.entries[pk], queue.session
    room = session.room if session else ""
    state = _state(queue, mine)
    inside = queue.inside.serial if queue.inside else None
    late = _late_minutes(queue, mine, now)
    if state not in KNOWN_SOON and state != Where.PAUSED:
        return QueueStatus(state, mine.serial, room, now_serving=inside, late_minutes=late)
    before, further = _before(queue, mine)
    count = before if mine.checked_in_at else before + further
    first, last = _expected(queue, mine, before, before + further, lasts, now) if lasts else (None, None)
    if state == Where.PAUSED:
        first = last = None
    return QueueStatus(state, mine.serial, room, inside, count, first, last, late)


def _state(queue: Queue, mine: Entry) -> Where:
    session = queue.session
    if mine.without_doctor_since is not None:
        return Where.AWAY
    if mine.status == Status.PENDING:
        return Where.REQUESTED
    if mine.status != Status.CONFIRMED:
        return _gone(mine.status)
    if queue.inside is mine:
        return Where.CALLED
    if mine.pk in queue.seen:
        return Where.SEEN
    if session is None:
        return Where.NOT_BEGUN
    if session.ended_at is not None:
        return Where.ENDED
    if session.paused_at is not None:
        return Where.PAUSED
    if mine.pk in queue.absent:
        return Where.NOT_HERE
    return Where.WAITING if mine.checked_in_at else Where.COMING


def _before(queue: Queue, mine: Entry) -> tuple[int, int]:
    """How many of those who wait are called before, and how many more may come in time to be so, too."""
    if mine.checked_in_at is not None:
        before = next((at for at, entry in enumerate(queue.waiting) if entry.pk == mine.pk), 0)
        is_by_serial = mine.urgent_at is None and not queue.is_late(mine)
    else:
        ahead = [e for e in queue.waiting if e.urgent_at or (e.serial < mine.serial and not queue.is_late(e))]
        before, is_by_serial = len(ahead), True
    further = [entry for entry in queue.coming if entry.serial < mine.serial and entry.pk != mine.pk]
    return before, len(further) if is_by_serial else 0


def _expected(
    queue: Queue, mine: Entry, fewest: int, most: int, lasts: Took, now: datetime
) -> tuple[datetime | None, datetime | None]:
    """From when until when the patient can expect to be called; nothing if nobody knows when the doctor begins."""
    session = queue.session
    if session is None:
        begins_at = min(entry.begins_at for entry in queue.entries.values() if entry.status in LIVE)
        if begins_at <= now:
            return None, None
        first = last = begins_at
    else:
        first = last = now
        if queue.inside is not None and session.called_at is not None:
            gone = now - session.called_at
            first, last = now + max(lasts.short - gone, timedelta()), now + max(lasts.long - gone, timedelta())
    first, last = first + fewest * lasts.short, last + most * lasts.long
    if mine.checked_in_at is None:  # nobody has to come before their time
        first, last = max(first, mine.begins_at), max(last, mine.begins_at)
    return _down(first), _up(last)


def _down(at: datetime) -> datetime:
    return at - timedelta(seconds=at.timestamp() % STEP.total_seconds())


def _up(at: datetime) -> datetime:
    down = _down(at)
    return down if down == at else down + STEP


def _late_minutes(queue: Queue, mine: Entry, now: datetime) -> int | None:
    """Minutes by which the doctor is behind the plan: as the clinic has said, else by who is inside."""
    if mine.expected_at is not None:
        return max(0, int((mine.expected_at - mine.starts_at).total_seconds() // 60))
    session, inside = queue.session, queue.inside
    if session is None or inside is None or session.called_at is None:
        return None
    return max(0, int((session.called_at - inside.starts_at).total_seconds() // 60))
