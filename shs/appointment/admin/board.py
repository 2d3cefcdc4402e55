"""The desk board: the visits of one day at one clinic, and the form for walk-in patients."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import TypedDict, TypeVar, cast
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from shs.appointment import board, services
from shs.appointment.admin.visits import patient_by_email
from shs.appointment.board import Flag
from shs.appointment.models import Appointment
from shs.core.admin.forms import Choose, validate_year
from shs.core.admin.screen import Screen
from shs.core.admin.site import office
from shs.core.admin.steps import Step, StepForm
from shs.core.dates import show_time
from shs.core.errors import Refused
from shs.core.labels import Label
from shs.doctors.models import Clinic, DoctorInformation
from shs.users.models import User
from shs.users.requests import UserRequest

NOT_OFFERED = {"annotate"}
"""Steps that are offered on the visit's own page, not on the board."""

Choice = TypeVar("Choice", Clinic, DoctorInformation)


class DayInput(UnfoldAdminTextInputWidget):
    """The browser's own date picker, which also works on phones."""

    input_type = "date"

    def format_value(self, value: object) -> object:
        return value.isoformat() if isinstance(value, date) else value


class DayForm(forms.Form):
    """The filters above the board, with the present choice."""

    day = forms.DateField(label=_("Day"), widget=DayInput)
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


class WalkInForm(forms.Form):
    """Form for a walk-in: the patient, one whom the desk knows or by exact e-mail address, and the doctor."""

    patient = Choose(User, "view", label=_("Patient's name"), required=False)
    patient_email = forms.EmailField(
        label=_("or by e-mail address"), required=False, widget=UnfoldAdminEmailInputWidget
    )
    doctor = Choose(DoctorInformation, "schedule", label=_("Doctor"))

    def __init__(
        self,
        data: QueryDict | None,
        *,
        user: User,
        doctors: Sequence[DoctorInformation],
        chosen: DoctorInformation | None,
    ) -> None:
        super().__init__(data, initial={"doctor": chosen})
        patient = cast(Choose, self.fields["patient"])
        patient.offer(user, is_active=True)
        patient.widget = AutocompleteSelect(Appointment._meta.get_field("patient"), admin.site)
        patient.widget.choices = patient.choices
        doctor = cast(Choose, self.fields["doctor"])
        doctor.offer(user, pk__in=[row.pk for row in doctors])
        doctor.choices = [("", "–"), *((row.pk, row.name) for row in doctors)]

    def clean_patient_email(self) -> User | None:
        address = self.cleaned_data["patient_email"]
        return patient_by_email(address) if address else None

    def clean(self) -> dict[str, object]:
        data = super().clean() or {}
        if not self.errors and not (data["patient"] or data["patient_email"]):
            self.add_error("patient", _("Choose the patient or enter an e-mail address."))
        return data

    def take(self, clinic: Clinic) -> Appointment | None:
        """The visit of a valid form; None if it is refused, with the refusal as an error of the form."""
        data = self.cleaned_data
        patient = data["patient_email"] or data["patient"]
        try:
            return services.walk_in(patient=patient, doctor_id=data["doctor"].pk, clinic=clinic, now=timezone.now())
        except Refused as refusal:
            self.add_error(refusal.field if refusal.field in self.fields else None, str(refusal.detail))
            return None


class Board:
    """The parameters of one request: a clinic, a day and a doctor that the user may see. Invalid ones (a clinic of
    others, no valid date) are ignored."""

    def __init__(self, request: UserRequest) -> None:
        self.user = request.user
        self.now = timezone.now()
        self.today = timezone.localdate(self.now)
        self.day = _day(request.GET.get("day", ""), self.today)
        self.is_doctors_own = self.user.has_perm("appointment.attend_appointment")
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

    def visits(self, action: str = "view") -> list[Appointment]:
        """The visits of this board."""
        if self.has_no_clinic:
            return []
        doctor = self.doctor.pk if self.doctor else None
        return board.visits_on(self.user, self.day, clinic=self.clinic, doctor=doctor, action=action)

    def walk_in_clinic(self) -> Clinic | None:
        """The clinic that can take a walk-in on this board, else None: only on today's board, for users who may add
        visits."""
        may = self.user.has_perm("appointment.add_appointment")
        return self.clinic if may and self.doctors and self.day == self.today else None


def _day(words: str, today: date) -> date:
    """The date of a query parameter, or `today`."""
    field = forms.DateField(validators=[validate_year], input_formats=["%Y-%m-%d"], required=False)
    try:
        return field.clean(words) or today
    except ValidationError:
        return today


def _chosen(rows: Sequence[Choice], key: str) -> Choice | None:
    return next((row for row in rows if str(row.pk) == key), None)


def desk(request: UserRequest) -> HttpResponse:
    """The board; POST books a walk-in."""
    page = Board(request)
    form = None
    if clinic := page.walk_in_clinic():
        posted = request.POST if request.method == "POST" else None
        form = WalkInForm(posted, user=request.user, doctors=page.doctors, chosen=page.doctor)
        if posted is not None and form.is_valid() and (visit := form.take(clinic)):
            messages.success(request, _where_to(visit))
            return HttpResponseRedirect(page.url(page.day))
    context = {
        **admin.site.each_context(request),
        **_shown(request, page),
        "title": _("Desk board"),
        "form": DayForm(page),
        "walk_in": form,
        "previous_url": page.url(page.day - timedelta(days=1)),
        "next_url": page.url(page.day + timedelta(days=1)),
        "today_url": page.url(page.today),
        "print_url": page.url(page.day, "desk_print") if request.user.has_perm(EXPORT) else "",
        "refresh_url": page.url(page.day, "desk_cards"),
    }
    return TemplateResponse(request, "admin/appointment/desk.html", context)


def cards(request: UserRequest) -> HttpResponse:
    """The board's columns alone, for the page's automatic refresh."""
    return TemplateResponse(request, "admin/appointment/desk_cards.html", _shown(request, Board(request)))


EXPORT = "appointment.export_appointment"


def _where_to(visit: Appointment) -> Label:
    """The message for the desk after booking a walk-in: time, serial and doctor."""
    words: dict[str, object] = {"name": visit.patient.name, "time": show_time(visit.starts_at)}
    words |= {"serial": visit.serial, "doctor": visit.doctor.name}
    if visit.is_extra:
        return _("%(name)s: an extra visit at %(time)s, serial %(serial)s, to %(doctor)s.") % words
    return _("%(name)s: at %(time)s, serial %(serial)s, to %(doctor)s.") % words


def _shown(request: UserRequest, page: "Board") -> dict[str, object]:
    """The columns with their cards."""
    screen: Screen = office.get_model_admin(Appointment)
    visits = page.visits()
    is_cut = len(visits) > board.MOST_CARDS
    visits = visits[: board.MOST_CARDS]
    screen.offer_steps(request, visits)
    flags = board.flags_of(request.user, visits, page.now)
    shown = [_card(screen, visit, flags[visit.pk], page) for visit in visits]
    return {
        "page": page,
        "columns": [_column(column, shown) for column in board.COLUMNS],
        "cancelled": _column(board.CANCELLED, shown),
        "is_cut": is_cut,
        "most": board.MOST_CARDS,
        "state": ",".join(f"{card['visit'].pk}{card['column']}" for card in shown),
    }


class Card(TypedDict):
    """The card of a visit: the key of its `column`, and its steps with their addresses, those `at_once` and those
    `asking` something first."""

    visit: Appointment
    column: str
    url: str
    flags: list[Flag]
    at_once: list[tuple[Step, str]]
    asking: list[tuple[Step, str]]


def _column(column: board.Column, shown: list[Card]) -> dict[str, object]:
    return {"column": column, "cards": [card for card in shown if card["column"] == column.key]}


def _card(screen: Screen, visit: Appointment, flags: list[Flag], page: "Board") -> Card:
    """The card of a visit. A step without questions is a button, one with a form opens a dialog."""
    back = urlencode({"next": page.url(page.day)})
    steps = [step for step in vars(visit)["offered_steps"] if step.name not in NOT_OFFERED]
    column = next(c.key for c in (*board.COLUMNS, board.CANCELLED) if c.holds(visit))
    return {
        "visit": visit,
        "column": column,
        "url": screen.url_of(visit),
        "flags": flags,
        "at_once": [(s, f"{screen.step_url(visit, s)}?{back}") for s in steps if s.form is StepForm],
        "asking": [(s, screen.step_url(visit, s)) for s in steps if s.form is not StepForm],
    }


office.add_page("desk/", desk, name="desk", needs="appointment.view_appointment")
office.add_page("desk/cards/", cards, name="desk_cards", needs="appointment.view_appointment")
