"""The desk's dashboard, and the visits on the dashboards of doctors and admins."""

from datetime import datetime, timedelta
from typing import cast

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from shs.appointment.free import free_on
from shs.appointment.holidays import not_confirmed
from shs.appointment.models import Appointment
from shs.appointment.models import Status as Visit
from shs.appointment.tabs import LATELY_DAYS
from shs.core.admin.addresses import page_of
from shs.core.admin.dashboards import (
    ROWS,
    Card,
    Dashboard,
    Next,
    Numbers,
    Panel,
    Widget,
    Widgets,
    per_period,
    screen_of,
    share,
)
from shs.core.admin.graphs import Graph, Series, day_labels, days_back
from shs.core.admin.leads import lead_of, leads_of
from shs.core.dashboard import SYSTEM
from shs.core.dates import show_time
from shs.core.labels import Label
from shs.doctors.dashboard import MY_DAY
from shs.doctors.models import TimeOff
from shs.users.models import Correction, User
from shs.users.requests import UserRequest

DESK = Dashboard(_("Clinic desk"), "doctors.run_desk_clinic", 30, is_day=True)
FORTNIGHT = 14
DESK_NUMBERS = ("still_today", "unconfirmed_tomorrow", "without_doctor", "no_outcome", "not_answered_lately")
LATELY = {"missed_lately", "over_lately", "not_answered_lately"}
"""A share is only true of exact numbers; the index by status holds them together."""


def visits(request: UserRequest, now: datetime) -> list[Widget]:
    """For admins: figures of all visits, and the visits of the last days."""
    visits = Numbers(request, Appointment, "today", "requested", "without_doctor", *LATELY, exact=LATELY)
    missed = visits["missed_lately"]
    note = _("%(missed)s of %(all)s in %(days)s days") % {
        "missed": missed,
        "all": visits["over_lately"],
        "days": LATELY_DAYS,
    }
    missed_share = share(missed, visits["over_lately"])
    not_answered = visits["not_answered_lately"]
    asked = visits["over_lately"] + not_answered
    words = _("%(number)s of %(all)s in %(days)s days: the clinic did not answer")
    left = words % {"number": not_answered, "all": asked, "days": LATELY_DAYS}
    left_share = share(not_answered, asked)
    return [
        visits.card("today", _("Visits today"), order=30),
        _left_card(visits),
        visits.card("requested", _("Not yet confirmed"), _("requested, upcoming"), order=40),
        visits.card("missed_lately", _("Missed"), note, value=missed_share, order=50),
        visits.card("not_answered_lately", _("Not answered"), left, value=left_share, order=60),
        _visits_graph(request, now),
    ]


def desk(request: UserRequest, now: datetime) -> list[Widget]:
    """For the desk: the visits of today and tomorrow, and doctors with free slots today."""
    visits = Numbers(request, Appointment, *DESK_NUMBERS, beside={TimeOff: "today", Correction: "waiting"})
    free = free_on(request.user, timezone.localdate(now), now)
    slots = sum(entry.places for entry in free)
    who = ngettext("with %d doctor", "with %d doctors", len(free)) % len(free)
    cards = [
        visits.card("still_today", _("Now and next"), _("upcoming or in progress today")),
        visits.card("unconfirmed_tomorrow", _("Unconfirmed tomorrow")),
        Card(_("Free today"), slots, reverse("admin:free_today"), who if slots else "", listed=slots),
        visits.beside[TimeOff].card("today", _("Away today")),
        visits.beside[Correction].card("waiting", _("Requested corrections"), _("by patients, in the app")),
        _left_card(visits),
        visits.card("no_outcome", _("No outcome recorded"), _("confirmed, already past")),
        visits.card("not_answered_lately", _("Not answered"), _("requests in 30 days that the clinic did not answer")),
    ]
    rows = [
        (
            entry.doctor.name,
            _("next at %(time)s, %(count)s free")
            % {"time": show_time(entry.times[0].starts_at), "count": entry.places},
            reverse("admin:free_today"),
            False,
        )
        for entry in free[:ROWS]
    ]
    empty = _("No free slots left today.")
    free_panel = Panel(_("Doctors with free slots today"), rows, empty, url=reverse("admin:free_today"))
    coming = _coming(request)
    tomorrow = visits["unconfirmed_tomorrow"]
    todo = _next_visit(request.user, coming)
    if left := visits["without_doctor"]:
        title = ngettext("%d visit is without a doctor", "%d visits are without a doctor", left) % left
        told = _("Move them or cancel them: the patients are told.")
        todo.append(Next(title, told, _("Decide…"), reverse("admin:desk_plan"), is_late=True, order=5))
    if holidays := not_confirmed(request.user, timezone.localdate(now)):
        title = ngettext("%d public holiday is not confirmed", "%d public holidays are not confirmed", holidays)
        told = _("Confirm on which of them the clinic is closed. Until then patients can book.")
        url = reverse("admin:public_holidays")
        todo.append(Next(title % holidays, told, _("Answer…"), url, order=30))
    if tomorrow:
        title = ngettext("%d visit of tomorrow is not confirmed", "%d visits of tomorrow are not confirmed", tomorrow)
        told = _("Confirm or cancel them; the patients are told.")
        url = f"{visits.url}?tab=unconfirmed_tomorrow"
        todo.append(Next(title % tomorrow, told, _("Confirm visits"), url, order=20))
    return [*todo, *cards, _next_panel(request.user, coming, _("Now and next")), free_panel]


def my_day(request: UserRequest, now: datetime) -> list[Widget]:
    """For a doctor: their own visits of today."""
    visits = Numbers(request, Appointment, "today", "requested", "without_doctor")
    coming = _coming(request)
    return [
        visits.card("today", _("My day"), _("visits today"), order=10),
        _left_card(visits),
        visits.card("requested", _("Not yet confirmed"), _("requested, upcoming"), order=20),
        *_next_visit(request.user, coming),
        _next_panel(request.user, coming, _("My day"), names_doctor=False),
    ]


def _left_card(visits: Numbers) -> Card:
    """Visits whose doctor is away, of which nobody has decided yet."""
    left = visits["without_doctor"]
    return visits.card("without_doctor", _("Visits without a doctor"), _("to decide"), is_late=left > 0, order=25)


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


def _coming(request: UserRequest) -> list[Appointment]:
    """Today's visits that have started or are to come, in order of time."""
    screen = screen_of(Appointment)
    where = next(tab.where for tab in screen.get_tabs(request) if tab.key == "still_today")
    rows = screen.get_queryset(request).filter(where(request.user)).select_related("patient", "doctor")
    return cast("list[Appointment]", list(rows.order_by("starts_at", "pk")[:ROWS]))


def _next_panel(user: User, coming: list[Appointment], title: Label, *, names_doctor: bool = True) -> Panel:
    leads = leads_of(user, coming)
    found = [
        (_time_and_patient(visit), _rest(visit, names_doctor), leads.get(visit.pk) or page_of(visit), False)
        for visit in coming
    ]
    empty = _("No more visits today. Upcoming visits appear here.")
    return Panel(title, found, empty, url=reverse("admin:desk"))


def _next_visit(user: User, coming: list[Appointment]) -> list[Next]:
    """The first of the visits that is not yet over."""
    return [
        Next(
            _time_and_patient(visit),
            _rest(visit, names_doctor=True),
            _("Open the visit"),
            lead_of(user, visit),
            order=10,
        )
        for visit in coming[:1]
    ]


def _time_and_patient(visit: Appointment) -> str:
    return f"{show_time(visit.starts_at)} · {visit.patient.name}"


def _rest(visit: Appointment, names_doctor: bool) -> str:
    return " · ".join([*([visit.doctor.name] if names_doctor else []), visit.get_status_display()])


widgets = [Widgets(SYSTEM, visits), Widgets(DESK, desk), Widgets(MY_DAY, my_day)]
