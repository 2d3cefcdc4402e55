"""Screens for visits."""

from collections.abc import Sequence

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.http import HttpResponse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminTextareaWidget,
)

from shs.appointment import services
from shs.appointment.admin.bulk import Bulk, tell_offered
from shs.appointment.admin.cause import CauseForm, cause_of
from shs.appointment.admin.identity import IdentitySteps
from shs.appointment.admin.reception import receive
from shs.appointment.admin.session_panel import WithSession
from shs.appointment.admin.sessions import UrgentSteps
from shs.appointment.admin.suits import SuitsForm, suits_of
from shs.appointment.admin.times import TimeSteps
from shs.appointment.admin.visit_steps import VisitDialog, links_of
from shs.appointment.board import clinics_for, flags_of
from shs.appointment.models import LIVE, Appointment, Status
from shs.appointment.queue_link import queue_url
from shs.appointment.resources import AppointmentColumns
from shs.appointment.tabs import QUIET, no_outcome, past, requested, today, upcoming, without_doctor
from shs.core.admin.changelist import AutocompleteFilter, Filter
from shs.core.admin.pages import Page
from shs.core.admin.ranges import TimeRange
from shs.core.admin.resources import Exports
from shs.core.admin.rights import Ordering
from shs.core.admin.screen import Screen
from shs.core.admin.steps import ReasonForm, StepData, StepForm, step
from shs.core.admin.tabs import Tab
from shs.core.context import current
from shs.core.dates import show_datetime
from shs.users.admin.cards import card_answer
from shs.users.requests import UserRequest

__all__ = ["AppointmentScreen"]


class NotesForm(StepForm):
    """The doctor's notes."""

    notes = forms.CharField(
        label=_("Notes"), max_length=2000, required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 5})
    )

    def prepare(self) -> None:
        self.fields["notes"].initial = self.record.notes


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


SOONEST_FIRST = {"today", "requested", "upcoming", "still_today", "unconfirmed_tomorrow", "without_doctor"}
"""Tabs that are read in order of time."""

FLAGS = "shown_flags"
"""Attribute of the changelist with the flags and phone numbers of its visits."""


@admin.register(Appointment)
class AppointmentScreen(UrgentSteps, IdentitySteps, TimeSteps, VisitDialog, Exports, WithSession, Bulk):
    """Visits: those of a desk, of a doctor, or all."""

    icon = "event"
    in_quick_search = True
    quick_search_order = 30
    quick_search_fields = ["number", "patient__name"]
    empty_text = _("No visits. Patients book in the app; the desk books with “Add”.")
    list_display = ["when", "patient", "doctor", "status_label", "source_and_flags", "next_steps"]
    list_filter = [
        ("status", ChoicesDropdownFilter),
        ("doctor", AutocompleteFilter),
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
                    ("when", "where"),
                    ("patient", "doctor"),
                    ("booked_by", "checked_in"),
                    "ended",
                    "slip",
                    ("identity", "opens_until"),
                    "fee",
                ]
            },
        ),
        (_("Clinical"), {"fields": ["reason", "notes"]}),
    ]
    readonly_fields = ["when", "where", "slip", "status_label", "booked_by", "checked_in", "ended"]
    concealed_from = {"reason": "read_reason", "notes": "read_reason"}
    pages = [Page("<path:object_id>/slip/", "slip_page", "slip", needs="view")]
    tabs = [
        Tab("today", _("Today"), today),
        Tab("requested", _("Requested"), requested),
        Tab("upcoming", _("Upcoming"), upcoming),
        Tab("without_doctor", _("Without a doctor"), without_doctor),
        Tab("no_outcome", _("No outcome recorded"), no_outcome),
        Tab("past", _("Past"), past),
        Tab("all", _("All"), lambda user: ~Q(pk__in=())),
        *QUIET,
    ]

    def concealed(self, request: UserRequest, row: Model | None = None) -> set[str]:
        """As in the API, also from those whose own address is not confirmed: it may be somebody else's."""
        return super().concealed(request, row) if request.user.is_confirmed else set(self.concealed_from)

    def get_ordering(self, request: UserRequest) -> Ordering:
        """Upcoming visits are listed soonest first, past visits latest first."""
        if request.GET.get("tab", "today") in SOONEST_FIRST:
            return ["starts_at", "pk"]
        return self.ordering

    def found_as(self, request: UserRequest, row: Appointment) -> str:
        return f"{show_datetime(row.starts_at)} · {row.patient} · {row.get_status_display()}"

    def get_list_filter(self, request: UserRequest) -> list[Filter]:
        """A doctor sees only their own visits, and needs no filter by doctor or clinic."""
        filters = super().get_list_filter(request)
        if not self._may(request, "attend"):
            return filters
        return [one for one in filters if one not in (ClinicFilter, ("doctor", AutocompleteFilter))]

    def add_view(self, request: UserRequest, form_url: str = "", extra_context: object = None) -> HttpResponse:
        """The desk's dialog as a page: a person and a visit in one form."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        return receive(request)

    def slip_page(self, request: UserRequest, visit: Appointment) -> HttpResponse:
        """The slip that the patient takes along: serial, time and doctor, with the patient number as a QR code, and the
        link to the queue of a visit that is to come."""
        is_open = visit.status in LIVE and timezone.localdate(visit.starts_at) >= timezone.localdate()
        link = queue_url(visit.pk) if is_open else ""
        return card_answer(request, visit.patient, visit=visit, paper="slip", queue_url=link)

    @display(description=_("Slip"))
    def slip(self, visit: Appointment) -> str:
        context = current.get()
        links = links_of(context.user if context else None, visit)
        return format_html_join(" · ", '<a class="shs-link" href="{}">{}</a>', links)

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

    @display(description=_("Cancelled"))
    def ended(self, visit: Appointment) -> str:
        parts = [visit.get_cancelled_by_display(), visit.get_cancel_code_display()]
        return ": ".join(str(part) for part in parts if part) or "–"

    @display(description=_("Where"))
    def where(self, visit: Appointment) -> str:
        return visit.clinic.name if visit.clinic else visit.doctor.location

    @step(
        "confirm",
        _("Confirm"),
        to=Status.CONFIRMED,
        primary=True,
        done=_("The visit is confirmed."),
        when=lambda visit: visit.without_doctor_since is None,
    )
    def confirm(self, request: UserRequest, visit: Appointment, data: StepData) -> None:
        services.confirm(visit=visit, now=timezone.now())

    @step(
        "check_in",
        _("Check in"),
        primary=True,
        done=_("The patient is checked in."),
        when=lambda visit: not visit.needs_proof and visit.can_be_checked_in(timezone.now()),
    )
    def check_in(self, request: UserRequest, visit: Appointment, data: StepData) -> None:
        services.check_in(visit=visit, by=request.user, now=timezone.now())

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
        services.complete(visit=visit, by=request.user, now=timezone.now())

    @step(
        "complete",
        _("Mark as completed…"),
        to=Status.COMPLETED,
        form=ReasonForm,
        text=_(
            "The visit was marked as missed and is now completed. Patient and doctor had been told that it was missed."
        ),
        done=_("The visit is completed."),
        when=lambda visit: visit.status == Status.MISSED and timezone.now() <= visit.amends_until,
    )
    def amend(self, request: UserRequest, visit: Appointment, data: StepData) -> None:
        services.complete(visit=visit, by=request.user, now=timezone.now(), reason=data["reason"])

    @step(
        "remind",
        _("Add to waiting list…"),
        form=SuitsForm,
        text=_("The patient is offered an earlier time as soon as one is free. Until then this visit stays booked."),
        done=_("The patient is on the waiting list."),
        in_list=False,
        when=lambda visit: visit.status in LIVE and timezone.now() < visit.starts_at,
    )
    def ask_earlier(self, request: UserRequest, visit: Appointment, data: StepData) -> None:
        services.ask_earlier(
            patient=visit.patient, visit=visit, suits=suits_of(data), by=request.user, now=timezone.now()
        )

    @step("annotate", _("Notes…"), form=NotesForm, done=_("Notes saved."), in_list=False)
    def annotate(self, request: UserRequest, visit: Appointment, data: StepData) -> None:
        with transaction.atomic():
            visit.annotate(data["notes"])

    @step(
        "cancel",
        _("Cancel visit…"),
        keep_label=_("Keep visit"),
        to=Status.CANCELLED,
        form=CauseForm,
        danger=True,
        text=_("The slot becomes available for other patients."),
        done=_("The visit is cancelled."),
    )
    def cancel(self, request: UserRequest, visit: Appointment, data: StepData) -> None:
        now = timezone.now()
        services.cancel(visit=visit, cause=cause_of(visit, request.user, data, now))
        tell_offered(request, [visit], now)

    @step(
        "miss",
        _("Patient did not come"),
        to=Status.MISSED,
        text=_("The doctor was there, and the patient was not. If the doctor was not there, cancel the visit instead."),
        done=_("The visit is marked as missed. The patient has been told."),
        when=lambda visit: visit.may_be_missed(timezone.now()),
    )
    def miss(self, request: UserRequest, visit: Appointment, data: StepData) -> None:
        services.miss(visit, timezone.now())
