"""The desk's dashboard, and the visits on the dashboards of doctors and admins."""

from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from shs.appointment.free import free_on
from shs.appointment.models import Appointment
from shs.appointment.models import Status as Visit
from shs.appointment.tabs import LATELY_DAYS
from shs.core.admin.dashboards import (
    ROWS,
    Card,
    Dashboard,
    Numbers,
    Panel,
    Widget,
    Widgets,
    page_of,
    per_period,
    screen_of,
    share,
)
from shs.core.admin.graphs import Graph, Series, day_labels, days_back
from shs.core.dashboard import SYSTEM
from shs.core.dates import show_time
from shs.core.labels import Label
from shs.doctors.dashboard import MY_DAY
from shs.doctors.models import TimeOff
from shs.users.requests import UserRequest

DESK = Dashboard(_("Clinic desk"), "doctors.run_desk_clinic", 30)
FORTNIGHT = 14
LATELY = {"missed_lately", "over_lately"}
"""A share is only true of exact numbers; the index by status holds them together."""


def visits(request: UserRequest, now: datetime) -> list[Widget]:
    """For admins: figures of all visits, and the visits of the last days."""
    visits = Numbers(request, Appointment, "today", "requested", "missed_lately", "over_lately", exact=LATELY)
    missed = visits["missed_lately"]
    note = _("%(missed)s of %(all)s in %(days)s days") % {
        "missed": missed,
        "all": visits["over_lately"],
        "days": LATELY_DAYS,
    }
    missed_share = share(missed, visits["over_lately"])
    return [
        visits.card("today", _("Visits today"), order=30),
        visits.card("requested", _("Not yet confirmed"), _("requested, upcoming"), order=40),
        visits.card("missed_lately", _("Missed"), note, value=missed_share, order=50),
        _visits_graph(request, now),
    ]


def desk(request: UserRequest, now: datetime) -> list[Widget]:
    """For the desk: the visits of today and tomorrow, and doctors with free slots today."""
    visits = Numbers(request, Appointment, "still_today", "unconfirmed_tomorrow")
    free = free_on(request.user, timezone.localdate(now), now)
    slots = sum(len(entry.times) for entry in free)
    who = ngettext("with %d doctor", "with %d doctors", len(free)) % len(free)
    cards = [
        visits.card("still_today", _("Now and next"), _("upcoming or in progress today")),
        visits.card("unconfirmed_tomorrow", _("Unconfirmed tomorrow")),
        Card(_("Free today"), slots, reverse("admin:free_today"), who if slots else "", listed=slots),
        Numbers(request, TimeOff, "today").card("today", _("Away today")),
    ]
    rows = [
        (
            entry.doctor.name,
            _("next at %(time)s, %(count)s free")
            % {"time": show_time(entry.times[0].starts_at), "count": len(entry.times)},
            reverse("admin:free_today"),
            False,
        )
        for entry in free[:ROWS]
    ]
    free_panel = Panel(_("Doctors with free slots today"), rows, _("No free slots left today."))
    return [*cards, _next_panel(request, now, _("Now and next")), free_panel]


def my_day(request: UserRequest, now: datetime) -> list[Widget]:
    """For a doctor: their own visits of today."""
    visits = Numbers(request, Appointment, "today", "requested")
    return [
        visits.card("today", _("My day"), _("visits today"), order=10),
        visits.card("requested", _("Not yet confirmed"), _("requested, upcoming"), order=20),
        _next_panel(request, now, _("My day"), names_doctor=False),
    ]


def _visits_graph(request: UserRequest, now: datetime) -> Graph:
    days = days_back(timezone.localdate(now), FORTNIGHT)
    rows = Appointment.objects.allowed(request.user, "view")
    found = per_period(rows, "starts_at", "status", [*days, days[-1] + timedelta(days=1)])
    kinds = [
        (Visit.COMPLETED.label, [Visit.COMPLETED], 1),
        (_("Requested or confirmed"), [Visit.PENDING, Visit.CONFIRMED], 2),
        (Visit.MISSED.label, [Visit.MISSED], 3),
        (Visit.CANCELLED.label, [Visit.CANCELLED], 4),
    ]
    series = [
        Series(label, [sum(found[day, state] for state in states) for day in days], tone)
        for label, states, tone in kinds
    ]
    empty = _("No visits in these days. The chart shows each day's visits by status.")
    return Graph(_("Visits, the last 14 days"), day_labels(days), series, empty)


def _next_panel(request: UserRequest, now: datetime, title: Label, *, names_doctor: bool = True) -> Panel:
    """Today's visits that have started or are to come, in order of time."""
    screen = screen_of(Appointment)
    where = next(tab.where for tab in screen.get_tabs(request) if tab.key == "still_today")
    rows = screen.get_queryset(request).filter(where(request.user)).select_related("patient", "doctor")
    found = [
        (
            f"{show_time(visit.starts_at)} · {visit.patient.name}",
            " · ".join([*([visit.doctor.name] if names_doctor else []), visit.get_status_display()]),
            page_of(visit),
            False,
        )
        for visit in rows.order_by("starts_at", "pk")[:ROWS]
    ]
    return Panel(title, found, _("No more visits today. Upcoming visits appear here."))


widgets = [Widgets(SYSTEM, visits), Widgets(DESK, desk), Widgets(MY_DAY, my_day)]
