"""Visits as calendar files (RFC 5545), made by the icalendar library: to download, mail (RFC 5546) and follow."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from email.utils import parseaddr
from enum import Enum
from functools import lru_cache
from typing import Any, NamedTuple
from unicodedata import category
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from icalendar import Alarm, Calendar, Event, Timezone, vCalAddress

from shs.appointment.models import Appointment, Status
from shs.core.caller import Member
from shs.core.names import initials
from shs.notices.letters import language_of
from shs.users.families import speaks_for
from shs.users.models import User
from shs.users.numbers import patient_number

STATES = {Status.PENDING: "TENTATIVE", Status.CONFIRMED: "CONFIRMED", Status.COMPLETED: "CONFIRMED"}
"""The STATUS of an event; all other visits are CANCELLED."""


class Told(Enum):
    """Who reads a calendar, and so what it says of the people of a visit. Calendars are stored by other companies and
    shown to whoever shares them: doctors and desks are told patients by their initials and number, not by name."""

    PATIENT = "patient"
    GUARDIAN = "guardian"
    DOCTOR = "doctor"
    CLINIC = "clinic"


COLUMNS = (
    "pk",
    "number",
    "sequence",
    "serial",
    "status",
    "starts_at",
    "ends_at",
    "updated_at",
    "doctor__name",
    "doctor__location",
    "clinic__name",
    "clinic__address",
    "patient_id",
    "patient__name",
)


class Row(NamedTuple):
    """The values of COLUMNS of a visit."""

    pk: int
    number: str
    sequence: int
    serial: int
    status: str
    starts_at: datetime
    ends_at: datetime
    updated_at: datetime
    doctor: str
    location: str
    clinic: str | None
    address: str | None
    patient_id: int
    patient: str


def row_of(visit: Appointment) -> Row:
    """The values of a visit, with doctor, clinic and patient loaded."""
    clinic = visit.clinic
    return Row(
        pk=visit.pk,
        number=visit.number,
        sequence=visit.sequence,
        serial=visit.serial,
        status=visit.status,
        starts_at=visit.starts_at,
        ends_at=visit.ends_at,
        updated_at=visit.updated_at,
        doctor=visit.doctor.name,
        location=visit.doctor.location,
        clinic=clinic.name if clinic else None,
        address=clinic.address if clinic else None,
        patient_id=visit.patient_id,
        patient=visit.patient.name,
    )


# --- Files -----------------------------------------------------------------------------------------------------------


def calendar_file(visit: Appointment, *, reader: User) -> bytes:
    """The visit to download, in the language of its `reader`; without one, in that of the request."""
    with translation.override(reader.language or translation.get_language()):
        return written("PUBLISH", [row_of(visit)], _told(visit, reader))


def invitation(visit: Appointment, *, reader: Member, told: Told) -> str:
    """The visit for a mail, in the language of its `reader`: a request to note it or, of a visit that does not take
    place, to take it out. The mail adds the address of its recipient (`notices/invitations.py`)."""
    method = "REQUEST" if visit.status in STATES else "CANCEL"
    with translation.override(language_of(reader)):
        return written(method, [row_of(visit)], told).decode()


def written(
    method: str,
    rows: Iterable[Row],
    told: Told | Callable[[Row], Told],
    *,
    name: str = "",
    alarm: timedelta | None = None,
) -> bytes:
    """A calendar of visits in the active language and the clinic's time zone, which each calendar shows in the zone of
    its own reader. Reason and notes are in none, because calendars are often shared. `told` may
    depend on the visit. `name` is that of a calendar to follow; it reminds `alarm` before visits that take place."""
    rows = list(rows)
    calendar = Calendar()
    calendar.add("prodid", "-//Smart Health Synchronizer//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    if name:
        calendar.add("name", _line(name))
        calendar.add("x-wr-calname", _line(name))
        calendar.add("x-wr-timezone", settings.TIME_ZONE)
        calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
        calendar.add("x-published-ttl", "PT1H")
    zone = ZoneInfo(settings.TIME_ZONE)
    if rows and settings.TIME_ZONE != "UTC":
        calendar.add_component(_rules(settings.TIME_ZONE, min(row.starts_at for row in rows).year))
    for row in rows:
        event = _event(row, told if isinstance(told, Told) else told(row), zone)
        if alarm is not None and row.status in (Status.PENDING, Status.CONFIRMED):
            event.add_component(_alarm(event, alarm))
        calendar.add_component(event)
    return bytes(calendar.to_ical())


REFRESH = timedelta(hours=1)
"""How often calendars are asked to read a link again."""


@lru_cache(maxsize=20)
def _rules(zone: str, year: int) -> Timezone:
    """The rules of a time zone for visits from a year on."""
    rules = Timezone.from_tzid(zone, first_date=date(year - 1, 1, 1), last_date=date(year + 4, 1, 1))
    parts: list[Any] = list(rules.subcomponents)
    for part in parts:
        # When clocks go forward at 02:00, icalendar 7.3 writes 03:00; RFC 5545 (3.6.5) means the time before.
        ahead = part["TZOFFSETTO"].td - part["TZOFFSETFROM"].td
        if ahead > timedelta(0):
            part["DTSTART"].dt -= ahead
            for one in part["RDATE"].dts if "RDATE" in part else ():
                one.dt -= ahead
    return rules


def _event(row: Row, told: Told, zone: ZoneInfo) -> Event:
    event = Event()
    event.add("uid", f"{row.number}@shs")
    event.add("sequence", row.sequence)
    event.add("dtstamp", row.updated_at)
    event.add("last-modified", row.updated_at)
    event.add("dtstart", row.starts_at.astimezone(zone))
    event.add("dtend", row.ends_at.astimezone(zone))
    event.add("summary", _summary(row, told))
    event.add("description", _description(row))
    place = [row.clinic, row.address] if row.clinic else [row.location]
    event.add("location", ", ".join(_plain(part) for part in place if part))
    event.add("status", STATES.get(Status(row.status), "CANCELLED"))
    event.add("transp", "OPAQUE" if row.status in STATES else "TRANSPARENT")
    event.add("class", "PRIVATE")
    event.add("organizer", _organizer(row))
    if told in (Told.DOCTOR, Told.CLINIC):
        event.add("url", settings.SITE_URL + reverse("admin:appointment_appointment_change", args=(row.pk,)))
    return event


def _alarm(event: Event, before: timedelta) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", event["summary"])
    alarm.add("trigger", -before)
    return alarm


def _summary(row: Row, told: Told) -> str:
    """What an event is called."""
    if told == Told.PATIENT:
        return _("Visit to %(doctor)s") % {"doctor": _line(row.doctor)}
    if told == Told.GUARDIAN:
        return _("Visit of %(patient)s to %(doctor)s") % {"patient": _line(row.patient), "doctor": _line(row.doctor)}
    who = f"{initials(row.patient)} · {patient_number(row.patient_id)}"
    what = f"#{row.serial} {who}" if told == Told.DOCTOR else f"#{row.serial} {_line(row.doctor)} · {who}"
    return what if row.status in STATES else f"{Status(row.status).label}: {what}"


def _description(row: Row) -> str:
    facts = [
        (_("Serial"), row.serial),
        (_("Number"), row.number),
        (_("Status"), Status(row.status).label),
    ]
    return "\n".join(f"{label}: {value}" for label, value in facts)


def _organizer(row: Row) -> vCalAddress:
    """The clinic, at the address from which its mails come: without an organizer calendars take no later change."""
    found = vCalAddress(f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}")
    found.params["CN"] = _line(row.clinic or row.doctor).replace('"', "'")
    return found


def _line(text: str) -> str:
    """A text in one line."""
    return " ".join(_plain(text).split())


def _plain(text: str) -> str:
    """A text without control characters other than new lines."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(letter for letter in lines if letter == "\n" or category(letter) != "Cc")


def _told(visit: Appointment, reader: User) -> Told:
    """What the reader of a download is told."""
    if reader.pk == visit.patient_id:
        return Told.PATIENT
    if reader.pk == visit.doctor.user_id:
        return Told.DOCTOR
    return Told.GUARDIAN if speaks_for(reader, visit.patient, timezone.now()) else Told.CLINIC
