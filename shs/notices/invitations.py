"""Calendar files in mails, as calendars expect them (iTIP and iMIP: RFC 5546, 6047)."""

from typing import NamedTuple

from icalendar import Calendar, vCalAddress


class Invitation(NamedTuple):
    """A calendar file, and the media type by which a calendar takes it from a mail."""

    content: str
    media_type: str


def addressed(calendar: str, to: str) -> Invitation:
    """The file `calendar` for the mail to an address: its recipient is the attendee, who has accepted it, because they
    have booked it or the clinic has for them. Nobody waits for their answer."""
    read = Calendar.from_ical(calendar)
    method = str(read.get("method", "PUBLISH"))
    if method != "PUBLISH":
        for event in read.walk("VEVENT"):
            attendee = vCalAddress(f"mailto:{to}")
            attendee.params.update({"ROLE": "REQ-PARTICIPANT", "PARTSTAT": "ACCEPTED", "RSVP": "FALSE"})
            event.add("attendee", attendee)
    return Invitation(read.to_ical().decode(), f"text/calendar; method={method}")
