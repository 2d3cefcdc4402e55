"""Screens for visits."""

from datetime import datetime, time, timedelta

from django import forms
from django.contrib import admin
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter, RangeDateTimeFilter
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminEmailInputWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTimeWidget,
)

from shs.appointment import services
from shs.appointment.models import LIVE, Appointment, AppointmentSlot, Status
from shs.appointment.resources import AppointmentColumns
from shs.core.admin import ReasonForm, Screen, StepForm, step, within_reach
from shs.core.resources import Exports
from shs.core.tabs import Tab
from shs.users.models import User


class TimeForm(StepForm):
    """Another time, in the clinic's wall-clock time."""

    date = forms.DateField(label=_("Date"), widget=UnfoldAdminDateWidget, validators=[within_reach])
    time = forms.TimeField(label=_("Time"), widget=UnfoldAdminTimeWidget)


class NotesForm(StepForm):
    """The doctor's notes."""

    notes = forms.CharField(
        label=_("Notes"), max_length=2000, required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 5})
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["notes"].initial = self.record.notes


class DeskBooking(forms.ModelForm):
    """A visit that the desk books for a patient, who is named by their exact address: a desk cannot look through
    people whom it does not know."""

    patient_email = forms.EmailField(label=_("The patient's e-mail address"), widget=UnfoldAdminEmailInputWidget)
    date = forms.DateField(label=_("Date"), widget=UnfoldAdminDateWidget, validators=[within_reach])
    time = forms.TimeField(label=_("Time"), widget=UnfoldAdminTimeWidget)

    class Meta:
        model = Appointment
        fields = ["doctor"]

    def clean_patient_email(self):
        patient = User.objects.by_email(self.cleaned_data["patient_email"]).filter(is_active=True).first()
        if patient is None or not patient.has_perm("appointment.book_appointment"):
            raise forms.ValidationError(_("There is no patient with this address."))
        self.cleaned_data["patient"] = patient
        return patient.email


def today(user) -> Q:
    """The visits of today, in the clinic's zone."""
    start = timezone.make_aware(datetime.combine(timezone.localdate(), time.min))
    return Q(starts_at__gte=start, starts_at__lt=start + timedelta(days=1))


@admin.register(Appointment)
class AppointmentScreen(Exports, Screen):
    """Visits: a desk's, a doctor's, or all."""

    icon = "event"
    in_quick_search = True
    empty_text = _("No visit is booked here. Patients book in the app, and the desk by “Add”.")
    list_display = ["when", "patient", "doctor", "status_label", "place", "next_steps"]
    list_filter = [
        ("status", ChoicesDropdownFilter),
        ("starts_at", RangeDateTimeFilter),
        ("doctor", AutocompleteSelectFilter),
    ]
    search_fields = ["number", "patient__name", "doctor__name"]
    search_help_text = _("Number, patient or doctor")
    list_select_related = ["patient", "doctor", "clinic"]
    autocomplete_fields = ["doctor"]
    ordering = ["-starts_at", "-pk"]
    resource_classes = [AppointmentColumns]
    fieldsets = [
        (None, {"fields": [("number", "status_label"), ("when", "place"), ("patient", "doctor"), ("fee", "source")]}),
        (_("Clinical"), {"fields": ["reason", "notes"]}),
    ]
    add_fieldsets = [(None, {"fields": ["patient_email", "doctor", ("date", "time")]})]
    readonly_fields = ["when", "place", "status_label"]
    concealed_from = {"reason": "read_reason", "notes": "read_reason"}
    tabs = [
        Tab("today", _("Today"), today),
        Tab("requested", _("Requested"), lambda user: Q(status=Status.PENDING, ends_at__gt=timezone.now())),
        Tab("upcoming", _("Upcoming"), lambda user: Q(status__in=LIVE, ends_at__gt=timezone.now())),
        Tab("past", _("Past"), lambda user: Q(ends_at__lte=timezone.now())),
        Tab("all", _("All"), lambda user: ~Q(pk__in=())),
    ]

    def get_ordering(self, request):
        """What is to come is read from its beginning, what is past from its end."""
        if request.GET.get("tab", "today") in {"today", "requested", "upcoming"}:
            return ["starts_at", "pk"]
        return self.ordering

    def get_form(self, request, obj=None, change=False, **kwargs):
        if obj is None:
            kwargs["form"] = DeskBooking
        return super().get_form(request, obj, change, **kwargs)

    def get_readonly_fields(self, request, obj=None):
        return super().get_readonly_fields(request, obj) if obj else []

    def get_fieldsets(self, request, obj=None):
        return super().get_fieldsets(request, obj) if obj else self.add_fieldsets

    def save_model(self, request, obj, form, change):
        """A visit is made by the one service; nothing of it is typed afterwards."""
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
    def when(self, visit):
        starts_at = timezone.localtime(visit.starts_at)
        return f"{starts_at:%Y-%m-%d %H:%M} · #{visit.serial}"

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
    def status_label(self, visit):
        return visit.get_status_display()

    @display(description=_("Where"))
    def place(self, visit):
        return visit.clinic.name if visit.clinic else visit.doctor.location

    @step("confirm", _("Confirm"), to=Status.CONFIRMED, primary=True, done=_("The visit is confirmed."))
    def confirm(self, request, visit, data):
        services.confirm(visit=visit, now=timezone.now())

    @step(
        "complete",
        _("Complete"),
        to=Status.COMPLETED,
        primary=True,
        done=_("The visit is completed."),
        when=lambda visit: visit.status in LIVE and timezone.now() >= visit.starts_at,
    )
    def complete(self, request, visit, data):
        visit.complete(now=timezone.now())

    @step(
        "complete",
        _("Took place…"),
        to=Status.COMPLETED,
        form=ReasonForm,
        text=_("The visit was marked as missed, and is completed after all. Both were told of the missed visit."),
        done=_("The visit is completed."),
        when=lambda visit: visit.status == Status.MISSED and timezone.now() <= visit.amends_until,
    )
    def amend(self, request, visit, data):
        visit.complete(now=timezone.now(), reason=data["reason"])

    @step(
        "reschedule",
        _("Move…"),
        form=TimeForm,
        text=_("To another free slot of the same doctor; the present one is free again."),
        done=_("The visit has been moved."),
        in_list=False,
        when=lambda visit: visit.status in LIVE and timezone.now() < visit.starts_at,
    )
    def reschedule(self, request, visit, data):
        services.reschedule(visit=visit, date=data["date"], time=data["time"], now=timezone.now())

    @step("annotate", _("Notes…"), form=NotesForm, done=_("The notes are kept."), in_list=False)
    def annotate(self, request, visit, data):
        with transaction.atomic():
            visit.annotate(data["notes"])

    @step(
        "cancel",
        _("Cancel…"),
        to=Status.CANCELLED,
        form=ReasonForm,
        danger=True,
        text=_("The slot is free again for others."),
        done=_("The visit is cancelled."),
    )
    def cancel(self, request, visit, data):
        services.cancel(visit=visit, reason=data["reason"])


@admin.register(AppointmentSlot)
class SlotScreen(Screen):
    """Slots that were booked at least once."""

    icon = "view_timeline"
    empty_text = _("A slot is listed here from its first booking on.")
    list_display = ["starts_at", "ends_at", "doctor", "clinic"]
    list_filter = [("starts_at", RangeDateTimeFilter)]
    list_select_related = ["doctor", "clinic"]
    ordering = ["-starts_at"]
    fieldsets = [(None, {"fields": [("doctor", "clinic"), ("starts_at", "ends_at")]})]
    readonly_fields = ["doctor", "clinic", "starts_at", "ends_at"]
