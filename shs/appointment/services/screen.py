"""What the screen in a waiting room shows: of each doctor the serial that is called, and the next ones."""

from datetime import date, datetime
from typing import NamedTuple

from django.db.models import Q

from shs.appointment.models import LIVE
from shs.appointment.services.queue import Queue, queues
from shs.doctors.models import Clinic, DoctorInformation

MOST_NEXT = 4
"""So many of the next serials are shown."""


class Doctor(NamedTuple):
    """A doctor of today: `state` is running, paused, ended or not_begun. `late_minutes`: as the clinic has said."""

    name: str
    room: str
    state: str
    serial: int | None
    called_at: datetime | None
    next: tuple[int, ...]
    late_minutes: int


class Screened(NamedTuple):
    """The doctors of a clinic who see patients today: who has begun first, then by name."""

    doctors: tuple[Doctor, ...]


ORDER = ("running", "paused", "not_begun", "ended")


def screened(clinic: Clinic, day: date) -> Screened:
    """What the screen of `clinic` shows on `day`; four queries."""
    found = [queue for queue in queues(Q(clinic=clinic.pk), day).values() if queue.session or _expects(queue)]
    ids = [queue.place.doctor_id for queue in found]
    names = dict(DoctorInformation.objects.filter(pk__in=ids).order_by().values_list("pk", "name"))
    doctors = [_doctor(queue, names[queue.place.doctor_id]) for queue in found]
    return Screened(tuple(sorted(doctors, key=lambda one: (ORDER.index(one.state), one.name))))


def _expects(queue: Queue) -> bool:
    return any(entry.status in LIVE for entry in queue.entries.values())


def _doctor(queue: Queue, name: str) -> Doctor:
    session, inside = queue.session, queue.inside
    state = "not_begun"
    if session is not None:
        state = "ended" if session.ended_at else "paused" if session.paused_at else "running"
    late = max((entry.begins_at - entry.starts_at for entry in queue.coming + queue.waiting), default=None)
    return Doctor(
        name,
        session.room if session else "",
        state,
        inside.serial if inside else None,
        session.called_at if session and inside else None,
        tuple(entry.serial for entry in queue.waiting[:MOST_NEXT]) if state == "running" else (),
        int(late.total_seconds() // 60) if late and state == "not_begun" else 0,
    )
