"""Parts of the page of a visit that later apps add, after its prescription."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from shs.appointment.models import Appointment
from shs.core.labels import Label
from shs.medical_record.services import Extent
from shs.users.requests import UserRequest


class VisitPart(NamedTuple):
    """A titled part of the page. `template` gets `context` as `part.context`; `ids` are the rows shown, logged as
    `what` in the read log. `anchor` is its id on the page."""

    title: Label
    anchor: str
    template: str
    context: dict[str, object]
    what: str
    ids: list[int]


VISIT_PARTS: list[Callable[[UserRequest, Appointment, Extent, datetime], VisitPart | None]] = []
"""Functions of (request, visit, extent, now), called after the reader's access to the visit has been checked."""


def parts_of(request: UserRequest, visit: Appointment, extent: Extent, now: datetime) -> list[VisitPart]:
    """The further parts of the page."""
    found = (part(request, visit, extent, now) for part in VISIT_PARTS)
    return [part for part in found if part is not None]
