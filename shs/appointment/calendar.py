"""A visit as a calendar file (RFC 5545)."""

from datetime import UTC, datetime

from django.utils.translation import gettext as _

from shs.appointment.models import Appointment, Status

STATES = {Status.PENDING: "TENTATIVE", Status.CONFIRMED: "CONFIRMED", Status.COMPLETED: "CONFIRMED"}


def calendar_file(visit: Appointment) -> bytes:
    """The visit as one event. Reason and notes are left out because calendars are often shared."""
    place = ", ".join([visit.clinic.name, visit.clinic.address]) if visit.clinic else visit.doctor.location
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Smart Health Synchronizer//EN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{visit.number}@shs",
        f"DTSTAMP:{_stamp(visit.updated_at)}",
        f"DTSTART:{_stamp(visit.starts_at)}",
        f"DTEND:{_stamp(visit.ends_at)}",
        f"SUMMARY:{_escaped(_('Visit to %(doctor)s') % {'doctor': visit.doctor.name})}",
        f"LOCATION:{_escaped(place)}",
        f"STATUS:{STATES.get(Status(visit.status), 'CANCELLED')}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return b"".join(_folded(line) + b"\r\n" for line in lines)


def _stamp(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    for letter, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r", ""), ("\n", "\\n")):
        text = text.replace(letter, written)
    return text


def _folded(line: str) -> bytes:
    """Fold lines at 75 octets as RFC 5545 requires, without splitting a character."""
    rows: list[bytes] = []
    row = b""
    for letter in line:
        octets = letter.encode()
        if len(row) + len(octets) > (75 if not rows else 74):
            rows.append(row)
            row = b""
        row += octets
    return b"\r\n ".join([*rows, row])
