"""The free slots of one day at the clinics of a desk: the page, and the number for the dashboard."""

from datetime import date, datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlencode

from django.db.models import Exists, F, FilteredRelation, OuterRef, Q
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from shs.appointment.services import Opening, taken_by_doctor
from shs.core.admin.site import office
from shs.core.caller import Caller
from shs.core.dates import show_time
from shs.core.grants.table import rows_allowed
from shs.doctors.models import Clinic, DoctorInformation, HoursPeriod
from shs.doctors.timetable import Timetable
from shs.users.requests import UserRequest


class FreeDoctor(NamedTuple):
    """A doctor and the times that can still be booked, in order."""

    doctor: DoctorInformation
    times: list[Opening]

    @property
    def places(self) -> int:
        """How many patients can still be booked."""
        return sum(slot.places_left or 0 for slot in self.times)


def free_on(user: Caller, day: date, now: datetime) -> list[FreeDoctor]:
    """The doctors with free slots on `day` at the clinics that `user` books for, earliest slot first. Four queries."""
    closed = _clinics(user, day)
    # Who works then by the weekly hours or has others; the timetables tell.
    period = HoursPeriod.objects.filter(doctor=OuterRef("pk"), first__lte=day, last__gte=day - timedelta(days=1))
    bit = 1 << day.weekday()
    listed = DoctorInformation.objects.allowed(user, "view").listed().alias(works=F("weekdays").bitand(bit))
    doctors = list(listed.filter(Q(works=bit) | Exists(period)).order_by("name", "pk"))
    keys = [doctor.pk for doctor in doctors]
    timetables = Timetable.of_doctors(keys, since=day - timedelta(days=1), closed=closed)
    offered = {
        pk: [slot for slot in timetable.openings(day) if slot.starts_at > now and slot.clinic_id in closed]
        for pk, timetable in timetables.items()
    }
    taken = taken_by_doctor([pk for pk, slots in offered.items() if slots], now, now + timedelta(days=2), now)
    found = [
        FreeDoctor(doctor, [slot for slot in map(taken[doctor.pk].counted, offered[doctor.pk]) if slot.places_left])
        for doctor in doctors
        if doctor.pk in taken
    ]
    return sorted((entry for entry in found if entry.times), key=lambda entry: entry.times[0].starts_at)


def _clinics(user: Caller, day: date) -> dict[int, list[tuple[date, date]]]:
    """The keys of the clinics that `user` books for, each with its closed days around `day`. One query."""
    around = Q(closed_days__closes=True, closed_days__first__lte=day + timedelta(days=1))
    around &= Q(closed_days__last__gte=day - timedelta(days=1))
    rows = Clinic.objects.filter(rows_allowed(Clinic, user, "view") | rows_allowed(Clinic, user, "choose"))
    days = rows.annotate(closed=FilteredRelation("closed_days", condition=around)).order_by()
    found: dict[int, list[tuple[date, date]]] = {}
    for clinic, first, last in days.values_list("pk", "closed__first", "closed__last"):
        found.setdefault(clinic, []).extend([(first, last)] if first else [])
    return found


def free_page(request: UserRequest) -> HttpResponse:
    """Today's free slots, each with a link to book it."""
    now = timezone.now()
    found = free_on(request.user, timezone.localdate(now), now)
    context = {
        **office.each_context(request),
        "title": _("Free today"),
        "count": sum(entry.places for entry in found),
        "doctors": [(entry.doctor, [_way_to_book(entry.doctor, slot) for slot in entry.times]) for entry in found],
    }
    return TemplateResponse(request, "admin/appointment/free.html", context)


def _way_to_book(doctor: DoctorInformation, slot: Opening) -> tuple[str, str]:
    """The time of a slot, of a window also its end and the places left, and the URL of the booking form for it."""
    start = timezone.localtime(slot.starts_at)
    query = urlencode({"clinic": slot.clinic_id or "", "doctor": doctor.pk, "when": f"{start:%Y-%m-%dT%H:%M}"})
    words = show_time(start)
    if slot.is_by_serial:
        left = ngettext("%d place by serial", "%d places by serial", slot.places_left or 0) % (slot.places_left or 0)
        words = f"{words}–{show_time(slot.ends_at)} · {left}"
    return words, f"{reverse('admin:desk_register')}?{query}"


office.add_page("free-today/", free_page, name="free_today", needs="appointment.add_appointment")
