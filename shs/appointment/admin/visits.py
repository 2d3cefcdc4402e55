"""Screens for visits."""

from collections.abc import Sequence

from django import forms
from django.contrib import admin
from django.db import transaction
from django.db.models import Q, QuerySet
from django.forms import ModelForm
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter, DropdownFilter
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminEmailInputWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTimeWidget,
)

from shs.appointment import services
from shs.appointment.admin.bulk import Bulk
from shs.appointment.board import clinics_for, flags_of
from shs.appointment.models import LIVE, Appointment, Status
from shs.appointment.resources import AppointmentColumns
from shs.appointment.tabs import QUIET, past, requested, today, upcoming
from shs.core.admin.changelist import Filter
from shs.core.admin.forms import validate_year
from shs.core.admin.ranges import TimeRange
from shs.core.admin.resources import Exports
from shs.core.admin.rights import Ordering
from shs.core.admin.screen import Screen
from shs.core.admin.steps import ReasonForm, StepData, StepForm, step
from shs.core.admin.tabs import Tab
from shs.core.dates import show_datetime
from shs.users.models import User
from shs.users.requests import UserRequest

__all__ = ["AppointmentScreen"]


class TimeForm(StepForm):
    """A new time, in the clinic's wall-clock time."""

    date = forms.DateField(label=_("Date"), widget=UnfoldAdminDateWidget, validators=[validate_year])
    time = forms.TimeField(label=_("Time"), widget=UnfoldAdminTimeWidget)


class NotesForm(StepForm):
    """The doctor's notes."""

    notes = forms.CharField(
        label=_("Notes"), max_length=2000, required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 5})
    )

    def prepare(self) -> None:
        self.fields["notes"].initial = self.record.notes


class DeskBooking(forms.ModelForm):  # type: ignore[type-arg]  # Django's has no arguments when it runs
    """A visit that the desk books. The patient is named by exact e-mail address, because a desk may not browse people
    whom it does not know."""

    patient_email = forms.EmailField(label=_("The patient's e-mail address"), widget=UnfoldAdminEmailInputWidget)
    date = forms.DateField(label=_("Date"), widget=UnfoldAdminDateWidget, validators=[validate_year])
    time = forms.TimeField(label=_("Time"), widget=UnfoldAdminTimeWidget)

    class Meta:
        model = Appointment
        fields = ["doctor"]

    def clean_patient_email(self) -> str:
        patient = patient_by_email(self.cleaned_data["patient_email"])
        self.cleaned_data["patient"] = patient
        return patient.email


def patient_by_email(address: str) -> User:
    """The patient with this address who can be booked. Raises ValidationError."""
    patient = (
        User.objects.unrestricted("who types the whole address knows it")
        .by_email(address)
        .filter(is_active=True)
        .first()
    )
    if patient is None or not patient.has_perm("appointment.book_appointment"):
        raise forms.ValidationError(_("No patient has this e-mail address."))
    return patient


class ClinicFilter(DropdownFilter):
    """Visits by clinic, of the clinics whose board the user may open."""

    title = _("clinic")
    parameter_name = "clinic"

    def lookups(self, request: UserRequest, model_admin: Screen) -> list[tuple[str, str]]:
        return [(str(clinic.pk), clinic.name) for clinic in clinics_for(request.user)]

    def queryset(self, request: UserRequest, queryset: QuerySet[Appointment]) -> QuerySet[Appointment]:
        chosen = self.value()
        known = chosen in {key for key, _name in self.lookup_choices}
        return queryset.filter(clinic=chosen) if known else queryset


FLAGS = "shown_flags"
"""Attribute of the changelist with the flags and phone numbers of its visits."""


@admin.register(Appointment)
class AppointmentScreen(Exports, Bulk):
    """Visits: those of a desk, of a doctor, or all."""

    icon = "event"
    in_quick_search = True
    quick_search_order = 30
    quick_search_fields = ["number", "patient__name"]
    empty_text = _("No visits. Patients book in the app; the desk books with “Add”.")
    list_display = ["when", "patient", "doctor", "status_label", "source_and_flags", "next_steps"]
    list_filter = [
        ("status", ChoicesDropdownFilter),
        ("doctor", AutocompleteSelectFilter),
        ClinicFilter,
        ("starts_at", TimeRange),
    ]
    search_fields = ["number", "patient__name", "doctor__name"]
    search_help_text = _("Number, patient or doctor")
    list_select_related = ["patient", "doctor", "clinic"]
    autocomplete_fields = ["doctor"]
    ordering = ["-starts_at", "-pk"]
    resource_classes = [AppointmentColumns]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("number", "status_label"),
                    ("when", "place"),
                    ("patient", "doctor"),
                    ("booked_by", "checked_in"),
                    "fee",
                ]
            },
        ),
        (_("Clinical"), {"fields": ["reason", "notes"]}),
    ]
    add_form = DeskBooking
    add_fieldsets = [(None, {"fields": ["patient_email", "doctor", ("date", "time")]})]
    readonly_fields = ["when", "place", "status_label", "booked_by", "checked_in"]
    concealed_from = {"reason": "read_reason", "notes": "read_reason"}
    tabs = [
        Tab("today", _("Today"), today),
        Tab("requested", _("Requested"), requested),
        Tab("upcoming", _("Upcoming"), upcoming),
        Tab("past", _("Past"), past),
        Tab("all", _("All"), lambda user: ~Q(pk__in=())),
        *QUIET,
    ]

    def get_ordering(self, request: UserRequest) -> Ordering:
        """Upcoming visits are listed soonest first, past visits latest first."""
        if request.GET.get("tab", "today") in {"today", "requested", "upcoming", "still_today", "unconfirmed_tomorrow"}:
            return ["starts_at", "pk"]
        return self.ordering

    def found_as(self, request: UserRequest, row: Appointment) -> str:
        return f"{show_datetime(row.starts_at)} · {row.patient} · {row.get_status_display()}"

    def get_list_filter(self, request: UserRequest) -> list[Filter]:
        """A doctor sees only their own visits, and needs no filter by doctor or clinic."""
        filters = super().get_list_filter(request)
        if not self._may(request, "attend"):
            return filters
        return [one for one in filters if one not in (ClinicFilter, ("doctor", AutocompleteSelectFilter))]

    def save_model(self, request: UserRequest, obj: Appointment, form: "ModelForm[Appointment]", change: bool) -> None:
        """A new visit is booked by the service; an existing visit has no editable fields."""
        data = form.cleaned_data
        booked = services.book(
            patient=data["patient"],
            doctor_id=data["doctor"].pk,
            date=data["date"],
            time=data["time"],
            now=timezone.now(),
            source=Appointment.Source.DESK,
        )
        obj.__dict__.update(booked.__dict__)

    @display(description=_("When"), ordering="-starts_at")
    def when(self, visit: Appointment) -> str:
        return f"{show_datetime(visit.starts_at)} · #{visit.serial}"

    @display(
        description=_("Status"),
        ordering="status",
        label={
            str(Status.PENDING.label): "warning",
            str(Status.CONFIRMED.label): "info",
            str(Status.COMPLETED.label): "success",
            str(Status.MISSED.label): "danger",
        },
    )
    def status_label(self, visit: Appointment) -> str:
        return visit.get_status_display()

    def prepare_page(self, request: UserRequest, records: Sequence[Appointment]) -> None:
        super().prepare_page(request, records)
        flags = flags_of(request.user, records, timezone.now())
        for visit in records:
            setattr(visit, FLAGS, flags[visit.pk])

    @display(description=_("Source · flags"))
    def source_and_flags(self, visit: Appointment) -> str:
        shown = format_html_join(
            " ",
            '<span class="shs-label{}">{}</span>',
            ((" shs-label-danger" if flag.is_danger else "", flag.text) for flag in getattr(visit, FLAGS)),
        )
        return format_html('<span class="shs-flags">{} {}</span>', visit.get_source_display(), shown)

    @display(description=_("Booked by"))
    def booked_by(self, visit: Appointment) -> str:
        extra = _("extra, outside working hours")
        return f"{visit.get_source_display()} · {extra}" if visit.is_extra else visit.get_source_display()

    @display(description=_("Checked in"))
    def checked_in(self, visit: Appointment) -> str:
        return show_datetime(visit.checked_in_at) if visit.checked_in_at else "–"

    @display(description=_("Where"))
    def place(self, visit: Appointment) -> str:
        return visit.clinic.name if visit.clinic else visit.doctor.location

    @step("confirm", _("Confirm"), to=Status.CONFIRMED, primary=True, done=_("The visit is confirmed."))
    def confirm(self, request: UserRequest, visit: Appointment, data: StepData) -> None:
        services.confirm(visit=visit, now=timezone.now())

    @step(
        "check_in",
        _("Check in"),
        primary=True,
        done=_("The patient is checked in."),
        when=lambda visit: visit.can_be_checked_in(timezone.now()),
    )
    def check_in(self, request: UserRequest, visit: Appointment, data: StepData) -> None:
        visit.check_in(now=timezone.now())

    @step(
        "check_in",
        _("Undo check-in"),
        text=_("Use this if the patient was checked in by mistake."),
        done=_("Check-in undone."),
        in_list=False,
        when=lambda visit: visit.waits,
    )
    def undo_check_in(self, request: UserRequest, visit: Appointment, data: StepData) -> None:
        visit.undo_check_in()

    @step(
        "complete",
        _("Complete"),
        to=Status.COMPLETED,
        primary=True,
        done=_("The visit is completed."),
        when=lambda visit: visit.status in LIVE and timezone.now() >= visit.starts_at,
    )
    def complete(self, request: UserRequest, visit: Appointment, data: StepData) -> None:
        visit.complete(now=timezone.now())

    @step(
        "complete",
        _("Took place…"),
        to=Status.COMPLETED,
        form=ReasonForm,
        text=_(
            "The visit was marked as missed and is now completed. Patient and doctor had been told that it was missed."
        ),
        done=_("The visit is completed."),
        when=lambda visit: visit.status == Status.MISSED and timezone.now() <= visit.amends_until,
    )
    def amend(self, request: UserRequest, visit: Appointment, data: StepData) -> None:
        visit.complete(now=timezone.now(), reason=data["reason"])

    @step(
        "reschedule",
        _("Move…"),
        form=TimeForm,
        text=_("Move to another free slot of the same doctor. The current slot becomes free."),
        done=_("The visit has been moved."),
        in_list=False,
        when=lambda visit: visit.status in LIVE and timezone.now() < visit.starts_at,
    )
    def reschedule(self, request: UserRequest, visit: Appointment, data: StepData) -> None:
        services.reschedule(visit=visit, date=data["date"], time=data["time"], now=timezone.now())

    @step("annotate", _("Notes…"), form=NotesForm, done=_("Notes saved."), in_list=False)
    def annotate(self, request: UserRequest, visit: Appointment, data: StepData) -> None:
        with transaction.atomic():
            visit.annotate(data["notes"])

    @step(
        "cancel",
        _("Cancel visit…"),
        keep_label=_("Keep visit"),
        to=Status.CANCELLED,
        form=ReasonForm,
        danger=True,
        text=_("The slot becomes available for other patients."),
        done=_("The visit is cancelled."),
    )
    def cancel(self, request: UserRequest, visit: Appointment, data: StepData) -> None:
        services.cancel(visit=visit, reason=data["reason"])
