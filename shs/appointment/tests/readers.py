"""Two independent readers of calendar files, and what a calendar keeps of the files that it is sent."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple

import vobject
import vobject.icalendar
from icalendar import Calendar


class Seen(NamedTuple):
    """What a reader finds of an event."""

    method: str
    uid: str
    sequence: int
    stamp: datetime
    starts_at: datetime
    ends_at: datetime
    status: str
    summary: str
    location: str


def by_icalendar(content: bytes) -> list[Seen]:
    calendar = Calendar.from_ical(content)
    return [
        Seen(
            str(calendar["method"]),
            str(event["uid"]),
            int(event["sequence"]),
            event.decoded("dtstamp"),
            event.decoded("dtstart"),
            event.decoded("dtend"),
            str(event["status"]),
            str(event["summary"]),
            str(event["location"]),
        )
        for event in calendar.walk("VEVENT")
    ]


def by_vobject(content: bytes) -> list[Seen]:
    # It keeps the zones of the first file that named them; here each file has to bring its own.
    known = vars(vobject.icalendar)["__tzidMap"]
    for zone in set(known) - {"UTC"}:
        del known[zone]
    calendar = vobject.readOne(content.decode())
    return [
        Seen(
            calendar.method.value,
            event.uid.value,
            int(event.sequence.value),
            event.dtstamp.value,
            event.dtstart.value,
            event.dtend.value,
            event.status.value,
            event.summary.value,
            event.location.value,
        )
        for event in getattr(calendar, "vevent_list", [])
    ]


READERS: list[Callable[[bytes], list[Seen]]] = [by_icalendar, by_vobject]


def kept(read: Callable[[bytes], list[Seen]], files: Iterable[bytes]) -> dict[str, Seen]:
    """What a calendar keeps of `files` in the order in which they came: of each UID the event with the highest
    SEQUENCE, of the same one the newest (RFC 5546, 2.1.5)."""
    found: dict[str, Seen] = {}
    for content in files:
        for event in read(content):
            known = found.get(event.uid)
            if known is None or (event.sequence, event.stamp) >= (known.sequence, known.stamp):
                found[event.uid] = event
    return found
