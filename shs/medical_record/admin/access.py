"""Screens for who reads charts: the read log, access grants, and emergency access with its review."""

from datetime import datetime, time, timedelta

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import Http404, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter, RangeDateTimeFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminTextareaWidget

from shs.core.admin.resources import Exports
from shs.core.admin.screen import Screen
from shs.core.admin.steps import ReasonForm, step
from shs.core.admin.tabs import Tab
from shs.core.grants.models import ObjectGrant
from shs.core.reads.models import ReadLog
from shs.medical_record import services
from shs.medical_record.models import BreakGlass, Review
from shs.medical_record.permissions import to_charts
from shs.medical_record.resources import ReadColumns
from shs.users.models import User


def lately(days: int):
    """The lines of so many days, today the last of them, in the clinic's zone."""

    def where(user) -> Q:
        first = timezone.localdate() - timedelta(days=days - 1)
        return Q(at__gte=timezone.make_aware(datetime.combine(first, time.min)))

    return where


def exports(user) -> Q:
    """The exports of the last 30 days."""
    return lately(30)(user) & Q(what__startswith="export ")


def denied(user) -> Q:
    """What was refused in the last 30 days."""
    return lately(30)(user) & Q(basis=ReadLog.Basis.DENIED)


@admin.register(ReadLog)
class ReadLogScreen(Exports, Screen):
    """Every reading of what is not everybody's. Nothing here can be changed or deleted."""

    icon = "visibility"
    empty_text = _("Whenever somebody reads a chart or a document, it is listed here.")
    list_display = ["at", "reader", "subject", "what_label", "basis_label", "count"]
    list_filter = [
        ("basis", ChoicesDropdownFilter),
        ("at", RangeDateTimeFilter),
        ("reader", AutocompleteSelectFilter),
        ("subject", AutocompleteSelectFilter),
    ]
    list_select_related = ["reader", "subject"]
    search_fields = ["reader__name", "subject__name", "what", "request"]
    search_help_text = _("Person, page or request")
    ordering = ["-at", "-pk"]
    tabs = [
        Tab("all", _("All"), lambda user: ~Q(pk__in=())),
        Tab("fortnight", _("The last 14 days"), lately(14), quiet=True),
        Tab("exports", _("Exports, 30 days"), exports, quiet=True),
        Tab("denied", _("Refused, 30 days"), denied, quiet=True),
    ]
    resource_classes = [ReadColumns]
    fieldsets = [
        (None, {"fields": [("at", "basis_label"), ("reader", "role_label"), "subject"]}),
        (_("What"), {"fields": ["what_label", "ids", "note"]}),
        (_("From where"), {"fields": ["door", ("address", "request")]}),
    ]
    readonly_fields = ["at", "basis_label", "what_label", "role_label"]

    @display(
        description=_("Basis"),
        ordering="basis",
        label={
            str(ReadLog.Basis.DENIED.label): "danger",
            str(ReadLog.Basis.BREAK_GLASS.label): "warning",
        },
    )
    def basis_label(self, line):
        return line.get_basis_display()

    @display(description=_("What"), ordering="what")
    def what_label(self, line):
        return line.what_label

    @display(description=_("Role"))
    def role_label(self, line):
        labels = dict([*User.role_choices, *User.duty_choices])
        return ", ".join(str(labels.get(word, word)) for word in line.role.split(", "))

    @display(description=_("Rows"))
    def count(self, line):
        return len(line.ids)

    def shows_history(self, request, row):
        """A line is written once: there is no history to show."""
        return False

    def history_view(self, request, object_id, extra_context=None):
        """As `shows_history`: not by its address either."""
        raise Http404

    def history_form_view(self, request, object_id, version_id, extra_context=None):
        """As `history_view`."""
        raise Http404


@admin.register(ObjectGrant)
class ObjectGrantScreen(Screen):
    """Rights of one person to one thing. They are given where they belong, and only looked at here; those that open a
    chart can be taken back."""

    icon = "key"
    empty_text = _("Who is given access to a chart, a desk or a case is listed here.")
    list_display = ["user", "right", "source", "granted_by", "expires_at", "next_steps"]
    list_filter = [("source", ChoicesDropdownFilter), ("user", AutocompleteSelectFilter)]
    list_select_related = ["user", "granted_by", "permission"]
    search_fields = ["user__name"]
    search_help_text = _("Who holds it")
    ordering = ["-pk"]
    tabs = [
        Tab("charts", _("Charts"), to_charts),
        Tab("all", _("All"), lambda user: ~to_charts(user) | to_charts(user)),
    ]
    fieldsets = [
        (None, {"fields": [("user", "right"), ("source", "reason"), ("granted_by", "created_at", "expires_at")]})
    ]
    readonly_fields = ["user", "right", "source", "reason", "granted_by", "created_at", "expires_at"]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("content_object")

    @display(description=_("Right"))
    def right(self, grant):
        return f"{gettext(grant.permission.name)}: {grant.content_object}"

    @step(
        "revoke",
        _("Take back…"),
        form=ReasonForm,
        danger=True,
        text=_("They can no longer read this chart on this basis, at once."),
        done=_("The access has been taken back."),
    )
    def revoke(self, request, grant, data):
        services.close_chart(grant=grant, reason=data["reason"])

    def url_of(self, record):
        # What was taken back has no page any more.
        if not ObjectGrant.objects.filter(pk=record.pk).exists():
            return reverse("admin:core_objectgrant_changelist")
        return super().url_of(record)


class GlassForm(forms.ModelForm):
    """Emergency access to the chart of a patient who is named by their exact address: nobody looks through people."""

    patient_email = forms.EmailField(label=_("The patient's e-mail address"), widget=UnfoldAdminEmailInputWidget)
    reason = forms.CharField(
        label=_("Why this cannot wait (at least 20 characters)"),
        min_length=BreakGlass.LEAST_REASON,
        max_length=500,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )

    class Meta:
        model = BreakGlass
        fields = ["reason"]

    def clean_patient_email(self):
        patient = User.objects.by_email(self.cleaned_data["patient_email"]).filter(is_active=True).first()
        if patient is None:
            raise forms.ValidationError(_("There is nobody with this address."))
        self.cleaned_data["patient"] = patient
        return patient.email


class FindingForm(ReasonForm):
    """What an auditor found."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = _("Your finding")


@admin.register(BreakGlass)
class BreakGlassScreen(Screen):
    """Emergency access: a doctor opens it by “Add”, an auditor reviews it."""

    icon = "emergency"
    empty_text = _("When a doctor opens a chart in an emergency, an auditor finds it here.")
    list_display = ["opened_at", "doctor", "patient", "reason", "status_label", "next_steps"]
    list_filter = [("opened_at", RangeDateTimeFilter)]
    list_select_related = ["doctor", "patient"]
    search_fields = ["doctor__name", "patient__name"]
    ordering = ["-opened_at", "-pk"]
    tabs = [
        Tab("waiting", _("To review"), lambda user: BreakGlass.waiting()),
        Tab("reviewed", _("Reviewed"), lambda user: ~BreakGlass.waiting()),
    ]
    fieldsets = [
        (None, {"fields": [("doctor", "patient"), "reason", ("opened_at", "ends_at")]}),
        (_("Review"), {"fields": ["status_label", "finding", ("reviewed_by", "reviewed_at")]}),
    ]
    add_fieldsets = [(None, {"fields": ["patient_email", "reason"]})]
    readonly_fields = ["status_label"]

    def get_form(self, request, obj=None, change=False, **kwargs):
        if obj is None:
            kwargs["form"] = GlassForm
        return super().get_form(request, obj, change, **kwargs)

    def get_readonly_fields(self, request, obj=None):
        return super().get_readonly_fields(request, obj) if obj else []

    def get_fieldsets(self, request, obj=None):
        return super().get_fieldsets(request, obj) if obj else self.add_fieldsets

    def save_model(self, request, obj, form, change):
        patient, reason = form.cleaned_data["patient"], form.cleaned_data["reason"]
        opened = services.break_glass(doctor=request.user, patient=patient, reason=reason, now=timezone.now())
        obj.__dict__.update(opened.__dict__)

    def response_add(self, request, obj, post_url_continue=None):
        return HttpResponseRedirect(reverse("admin:medical_record_patient", args=(obj.patient_id,)))

    @display(
        description=_("Review"),
        ordering="status",
        label={
            str(Review.WAITING.label): "warning",
            str(Review.JUSTIFIED.label): "success",
            str(Review.OBJECTED.label): "danger",
        },
    )
    def status_label(self, row):
        return row.get_status_display()

    @step("review", _("Justified…"), to=Review.JUSTIFIED, form=FindingForm, primary=True, done=_("Reviewed."))
    def justify(self, request, row, data):
        row.review(Review.JUSTIFIED, finding=data["reason"], by=request.user, now=timezone.now())

    @step("review", _("Not justified…"), to=Review.OBJECTED, form=FindingForm, danger=True, done=_("Reviewed."))
    def reject(self, request, row, data):
        row.review(Review.OBJECTED, finding=data["reason"], by=request.user, now=timezone.now())
