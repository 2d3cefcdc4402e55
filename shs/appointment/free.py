"""The free slots of one day at the clinics of a desk: the page, and the number for the dashboard."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlencode

from django.db.models import Prefetch
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import localize_input
from django.utils.translation import gettext_lazy as _

from shs.appointment.models import Appointment
from shs.appointment.services import Busy, Opening, openings
from shs.core.admin.site import office
from shs.core.caller import Caller
from shs.core.dates import show_time
from shs.core.grants.table import rows_allowed
from shs.doctors.models import Clinic, DoctorAvailability, DoctorInformation, TimeOff
from shs.users.requests import UserRequest


class FreeDoctor(NamedTuple):
    """A doctor and the times that can still be booked, in order."""

    doctor: DoctorInformation
    times: list[Opening]


def free_on(user: Caller, day: date, now: datetime) -> list[FreeDoctor]:
    """The doctors with free slots on `day` at the clinics that `user` books for, earliest slot first. Four queries."""
    clinics = Clinic.objects.filter(rows_allowed(Clinic, user, "view") | rows_allowed(Clinic, user, "choose"))
    hours = DoctorAvailability.objects.filter(weekday=day.weekday(), clinic__in=clinics.order_by().values("pk"))
    rows = DoctorInformation.objects.allowed(user, "view").listed()
    doctors = list(rows.prefetch_related(Prefetch("availability", hours)).order_by("name", "pk"))
    offered = {doctor.pk: [slot for slot in openings(doctor, day) if slot.starts_at > now] for doctor in doctors}
    taken = _taken([pk for pk, slots in offered.items() if slots], now, now + timedelta(days=2))
    busy = {doctor.pk: Busy(taken[doctor.pk]) for doctor in doctors}
    found = [
        FreeDoctor(doctor, [slot for slot in offered[doctor.pk] if not busy[doctor.pk].meets(slot)])
        for doctor in doctors
    ]
    return sorted((entry for entry in found if entry.times), key=lambda entry: entry.times[0].starts_at)


def _taken(doctors: list[int], start: datetime, end: datetime) -> dict[int, list[tuple[datetime, datetime]]]:
    """Doctor id → periods between two instants that are booked or time off."""
    found: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    for rows in (Appointment.objects.meeting(start, end), TimeOff.objects.meeting(start, end)):
        for pk, begin, finish in rows.filter(doctor__in=doctors).values_list("doctor", "starts_at", "ends_at"):
            found[pk].append((begin, finish))
    return found


def free_page(request: UserRequest) -> HttpResponse:
    """Today's free slots, each with a link to book it."""
    now = timezone.now()
    found = free_on(request.user, timezone.localdate(now), now)
    context = {
        **office.each_context(request),
        "title": _("Free today"),
        "count": sum(len(entry.times) for entry in found),
        "doctors": [(entry.doctor, [_way_to_book(entry.doctor, slot) for slot in entry.times]) for entry in found],
    }
    return TemplateResponse(request, "admin/appointment/free.html", context)


def _way_to_book(doctor: DoctorInformation, slot: Opening) -> tuple[str, str]:
    """The time of a slot, and the URL of the booking form for it."""
    start = timezone.localtime(slot.starts_at)
    query = urlencode({"doctor": doctor.pk, "date": localize_input(start.date()), "time": f"{start:%H:%M}"})
    return show_time(start), f"{reverse('admin:appointment_appointment_add')}?{query}"


office.add_page("free-today/", free_page, name="free_today", needs="appointment.add_appointment")
