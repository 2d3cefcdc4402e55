"""The desk board: the visits of one day at one clinic, and the ways to a new one."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import TypedDict, TypeVar, cast
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from shs.appointment import board, services
from shs.appointment.admin.plan import plan_url
from shs.appointment.admin.reception_form import LATER, NOW
from shs.appointment.admin.session_panel import NOTHING, Panel, panel_of
from shs.appointment.admin.visit_steps import papers_of
from shs.appointment.board import Flag
from shs.appointment.calls import MOST_CALLS, calls_for
from shs.appointment.models import Appointment, EarlierOffer, EarlierWish, Status
from shs.core.admin.forms import DayField, validate_year
from shs.core.admin.leads import leads_of
from shs.core.admin.screen import Screen
from shs.core.admin.site import office
from shs.core.admin.steps import Step, StepForm
from shs.core.dates import midnight
from shs.core.grants.table import holds
from shs.core.labels import Label
from shs.doctors.models import Clinic, DoctorInformation
from shs.doctors.permissions import own_profile
from shs.users.requests import UserRequest

NOT_OFFERED = {"annotate"}
"""Steps that are offered on the visit's own page, not on the board."""

AFTERWARDS = {"come_again", "follow_up"}
"""Steps that the board offers only for visits that are completed."""

Choice = TypeVar("Choice", Clinic, DoctorInformation)


class DayInput(UnfoldAdminTextInputWidget):
    """The browser's own date picker, which also works on phones."""

    input_type = "date"

    def format_value(self, value: object) -> object:
        return value.isoformat() if isinstance(value, date) else value


class DayForm(forms.Form):
    """The filters above the board, with the present choice."""

    day = DayField(label=_("Day"), widget=DayInput)
    clinic = forms.ChoiceField(label=_("Clinic"), widget=UnfoldAdminSelectWidget)
    doctor = forms.ChoiceField(label=_("Doctor"), widget=UnfoldAdminSelectWidget)

    def __init__(self, page: "Board") -> None:
        super().__init__(initial=page.asked(page.day), auto_id="board_%s")
        anywhere = [("", _("all my visits"))] if page.is_doctors_own else []
        self._offer("clinic", anywhere, page.clinics)
        self._offer("doctor", [("", _("every doctor"))], page.doctors)

    def _offer(self, name: str, first: Sequence[tuple[str, Label]], rows: Iterable[Clinic | DoctorInformation]) -> None:
        """Let the field `name` choose one of `rows`; with fewer than two rows it is hidden."""
        field = cast(forms.ChoiceField, self.fields[name])
        choices = [*first, *((row.pk, row.name) for row in rows)]
        field.choices = choices
        if len(choices) < 2:
            del self.fields[name]


class Board:
    """The parameters of one request: a clinic, a day and a doctor that the user may see. Invalid ones (a clinic of
    others, no valid date) are ignored."""

    def __init__(self, request: UserRequest) -> None:
        self.user = request.user
        self.now = timezone.now()
        self.today = timezone.localdate(self.now)
        self.day = _day(request.GET.get("day", ""), self.today)
        self.can_print = holds(self.user, "appointment.add_appointment")
        self.is_doctors_own = holds(self.user, "appointment.attend_appointment")
        self.clinics = board.clinics_for(self.user)
        first = None if self.is_doctors_own else next(iter(self.clinics), None)
        self.clinic = _chosen(self.clinics, request.GET.get("clinic", "")) or first
        self.doctors = board.doctors_for(self.user, self.clinic) if self.clinic and not self.is_doctors_own else []
        self.doctor = _chosen(self.doctors, request.GET.get("doctor", ""))

    def asked(self, day: date) -> dict[str, object]:
        """The query string of this board on another day."""
        wanted = {
            "day": day.isoformat(),
            "clinic": self.clinic and self.clinic.pk,
            "doctor": self.doctor and self.doctor.pk,
        }
        return {name: value for name, value in wanted.items() if value}

    def url(self, day: date, page: str = "desk") -> str:
        """The URL of this board on another day, or of its printed day list."""
        return f"{reverse(f'admin:{page}')}?{urlencode(self.asked(day))}"

    @property
    def has_no_clinic(self) -> bool:
        """Whether the user has no clinic or doctor to show."""
        return self.clinic is None and not self.is_doctors_own

    def visits(self, action: str = "view", also: board.More | None = None) -> list[Appointment]:
        """The visits of this board, read with what `also` adds."""
        if self.has_no_clinic:
            return []
        doctor = self.doctor.pk if self.doctor else None
        return board.visits_on(self.user, self.day, clinic=self.clinic, doctor=doctor, action=action, also=also)

    def late(self) -> list[board.Late]:
        """The doctors who are late on the day of this board."""
        if self.has_no_clinic:
            return []
        own = own_profile(self.user) if self.is_doctors_own else self.doctor
        return board.late_doctors([own] if own else self.doctors, self.day, clinic=self.clinic)

    def panel(self, request: UserRequest, visits: Iterable[Appointment]) -> Panel:
        """The sessions of today. `visits` are those that the board shows."""
        if self.has_no_clinic or self.day != self.today:
            return NOTHING
        asked = urlencode(self.asked(self.day))
        back, names = self.url(self.day), {visit.pk: visit.patient.name for visit in visits}
        return panel_of(request, clinic=self.clinic, doctor=self.doctor, back=back, asked=asked, names=names)

    def prints(self, visit: Appointment) -> bool:
        """Whether the card offers the slip: of a visit of today or to come that stands."""
        return self.day >= self.today and visit.status != Status.CANCELLED and self.can_print

    def late_url(self) -> str:
        """The URL of the dialog in which a doctor's lateness of today is said."""
        return self.url(self.today, "desk_late") if self.day == self.today and not self.has_no_clinic else ""

    def away_url(self) -> str:
        """The URL of the form of time off on this day, for the chosen doctor; empty for users who may add none."""
        if self.has_no_clinic or not holds(self.user, "doctors.add_timeoff"):
            return ""
        period = {"starts_at": midnight(self.day), "ends_at": midnight(self.day + timedelta(days=1))}
        wanted: dict[str, object] = {name: at.isoformat() for name, at in period.items()}
        if self.doctor:
            wanted["doctor"] = self.doctor.pk
        return f"{reverse('admin:doctors_timeoff_add')}?{urlencode(wanted)}"

    def register_url(self, when: str) -> str:
        """The URL of the dialog in which somebody is registered or chosen, and booked; empty for users who may not add
        visits."""
        if not (self.clinic and holds(self.user, "appointment.add_appointment")):
            return ""
        wanted = {"clinic": self.clinic.pk, "doctor": self.doctor and self.doctor.pk, "when": when}
        return f"{reverse('admin:desk_register')}?{urlencode({k: v for k, v in wanted.items() if v})}"


def _day(words: str, today: date) -> date:
    """The date of a query parameter, or `today`."""
    field = DayField(validators=[validate_year], required=False)
    try:
        return field.clean(words) or today
    except ValidationError:
        return today


def _chosen(rows: Sequence[Choice], key: str) -> Choice | None:
    return next((row for row in rows if str(row.pk) == key), None)


def desk(request: UserRequest) -> HttpResponse:
    """The board."""
    page = Board(request)
    context = {
        **admin.site.each_context(request),
        **_shown(request, page),
        "title": _("Desk board"),
        "form": DayForm(page),
        "new_url": page.register_url(LATER),
        "walk_in_url": page.register_url(NOW),
        "previous_url": page.url(page.day - timedelta(days=1)),
        "next_url": page.url(page.day + timedelta(days=1)),
        "today_url": page.url(page.today),
        "late_url": page.late_url() if holds(request.user, "appointment.delay_appointment") else "",
        "away_url": page.away_url(),
        "print_url": page.url(page.day, "desk_print") if holds(request.user, EXPORT) else "",
        "diary_url": f"{page.url(page.day, 'diary')}&view=day",
        "calendars_url": reverse("admin:calendars") if holds(request.user, SUBSCRIBE) else "",
        "refresh_url": page.url(page.day, "desk_cards"),
    }
    return TemplateResponse(request, "admin/appointment/desk.html", context)


def cards(request: UserRequest) -> HttpResponse:
    """The board's columns alone, for the page's automatic refresh."""
    return TemplateResponse(request, "admin/appointment/desk_cards.html", _shown(request, Board(request)))


EXPORT = "appointment.export_appointment"
CALL = "appointment.call_appointment"
MOST_CALLS_SHOWN = 5
"""So many calls stand on the board; their page has all, with the numbers."""
SUBSCRIBE = "appointment.subscribe_calendarfeed"


def _shown(request: UserRequest, page: "Board") -> dict[str, object]:
    """The columns with their cards."""
    screen: Screen = office.get_model_admin(Appointment)
    visits = page.visits(also=lambda rows: screen.with_rights(request, rows))
    is_cut = len(visits) > board.MOST_CARDS
    visits = visits[: board.MOST_CARDS]
    screen.offer_steps(request, visits)
    flags = board.flags_of(request.user, visits, page.now)
    leads = leads_of(request.user, visits)
    shown = [_card(screen, visit, flags[visit.pk], leads.get(visit.pk, ""), page) for visit in visits]
    left = [] if page.has_no_clinic else board.without_doctor(request.user, clinic=page.clinic)
    return {
        "page": page,
        "panel": page.panel(request, visits),
        "left": left[: board.MOST_LEFT],
        "is_left_cut": len(left) > board.MOST_LEFT,
        "left_url": plan_url(clinic=page.clinic.pk if page.clinic else None),
        **_calls(request, page),
        "confirm_url": page.url(page.day, "desk_confirm") if _can_be_confirmed(request, visits, page) else "",
        "may_plan": holds(request.user, "appointment.reschedule_appointment"),
        "late": page.late(),
        "offers": _offers(request, page),
        "columns": [_column(column, shown) for column in board.COLUMNS],
        "cancelled": _column(board.CANCELLED, shown),
        "is_cut": is_cut,
        "most": board.MOST_CARDS,
        "state": ",".join(f"{card['visit'].pk}{card['column']}" for card in shown),
    }


def _offers(request: UserRequest, page: "Board") -> list[tuple[EarlierOffer, str]]:
    """The times that are kept for those who wait, each with the page of the wish; shown to those who may answer for
    them."""
    if page.has_no_clinic or not holds(request.user, "appointment.offer_earlierwish"):
        return []
    screen: Screen = office.get_model_admin(EarlierWish)
    found = board.offers_now(request.user, page.now, clinic=page.clinic)
    return [(offer, screen.url_of(offer.wish)) for offer in found]


def _can_be_confirmed(request: UserRequest, visits: list[Appointment], page: "Board") -> bool:
    """Whether several requests of the day can be confirmed at once."""
    asked = [visit for visit in visits if not services.why_not_confirmed(visit, page.now)]
    return len(asked) > 1 and holds(request.user, "appointment.confirm_appointment")


def _calls(request: UserRequest, page: "Board") -> dict[str, object]:
    """Whom the desk has to call, of any day, for those who may see their numbers."""
    if page.has_no_clinic or not holds(request.user, CALL):
        return {}
    found = calls_for(request.user, page.now, clinic=page.clinic)
    return {
        "calls": found[:MOST_CALLS_SHOWN],
        "calls_count": min(len(found), MOST_CALLS),
        "outcomes": services.Outcome,
        "calls_url": f"{page.url(page.day, 'desk_calls')}&{urlencode({'next': page.url(page.day)})}",
        "calls_list_url": page.url(page.day, "desk_calls"),
    }


class Card(TypedDict):
    """The card of a visit: the key of its `column`, the address of its slip, links to its `papers`, and its steps with
    their addresses, those `at_once` and those `asking` something first."""

    visit: Appointment
    column: str
    url: str
    slip_url: str
    papers: list[tuple[str, str]]
    flags: list[Flag]
    at_once: list[tuple[Step, str]]
    asking: list[tuple[Step, str]]


def _column(column: board.Column, shown: list[Card]) -> dict[str, object]:
    return {"column": column, "cards": [card for card in shown if card["column"] == column.key]}


def _card(screen: Screen, visit: Appointment, flags: list[Flag], lead: str, page: "Board") -> Card:
    """The card of a visit, whose name leads to `lead`. A step without questions is a button, one with a form opens a
    dialog."""
    back = urlencode({"next": page.url(page.day)})
    left_out = NOT_OFFERED if visit.status == Status.COMPLETED else NOT_OFFERED | AFTERWARDS
    steps = [step for step in vars(visit)["offered_steps"] if step.name not in left_out]
    column = next(c.key for c in (*board.COLUMNS, board.CANCELLED) if c.holds(visit))
    return {
        "visit": visit,
        "column": column,
        "url": lead or screen.url_of(visit),
        "slip_url": reverse("admin:appointment_appointment_slip", args=(visit.pk,)) if page.prints(visit) else "",
        "papers": papers_of(page.user, visit) if visit.status == Status.COMPLETED else [],
        "flags": flags,
        "at_once": [(s, f"{screen.step_url(visit, s)}?{back}") for s in steps if s.form is StepForm],
        "asking": [(s, screen.step_url(visit, s)) for s in steps if s.form is not StepForm],
    }


office.add_page("desk/", desk, name="desk", needs="appointment.view_appointment")
office.add_page("desk/cards/", cards, name="desk_cards", needs="appointment.view_appointment")
