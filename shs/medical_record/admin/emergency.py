"""Emergency access to a chart: opened by a doctor, reviewed by an auditor."""

from django import forms
from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminTextareaWidget

from shs.core.admin.ranges import TimeRange
from shs.core.admin.screen import Screen
from shs.core.admin.steps import ReasonForm, StepData, step
from shs.core.admin.tabs import Tab
from shs.medical_record import services
from shs.medical_record.models import BreakGlass, Review
from shs.users.models import User
from shs.users.requests import UserRequest


class GlassForm(forms.ModelForm):  # type: ignore[type-arg]  # takes none at runtime
    """Emergency access to the chart of the patient with this exact e-mail address, so that nobody browses through
    patients."""

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

    def clean_patient_email(self) -> str:
        people = User.objects.unrestricted("who types the whole address knows it").filter(is_active=True)
        patient = people.by_email(self.cleaned_data["patient_email"]).first()
        if patient is None:
            raise forms.ValidationError(_("No account has this e-mail address."))
        self.cleaned_data["patient"] = patient
        return patient.email


class FindingForm(ReasonForm):
    """The auditor's finding."""

    def prepare(self) -> None:
        self.fields["reason"].label = _("Finding")


@admin.register(BreakGlass)
class BreakGlassScreen(Screen):
    """Emergency access: a doctor opens it by “Add”, an auditor reviews it."""

    icon = "emergency"
    stays_small = "each is reviewed by hand"
    empty_text = _("No emergency access. When a doctor opens a chart in an emergency, it is listed here for review.")
    list_display = ["opened_at", "doctor", "patient", "reason", "status_label", "next_steps"]
    list_filter = [("opened_at", TimeRange)]
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
    add_form = GlassForm
    add_fieldsets = [(None, {"fields": ["patient_email", "reason"]})]
    readonly_fields = ["status_label"]

    def save_model(self, request: UserRequest, obj: BreakGlass, form: "ModelForm[BreakGlass]", change: bool) -> None:
        patient, reason = form.cleaned_data["patient"], form.cleaned_data["reason"]
        opened = services.break_glass(doctor=request.user, patient=patient, reason=reason, now=timezone.now())
        obj.__dict__.update(opened.__dict__)

    def response_add(self, request: UserRequest, obj: BreakGlass, post_url_continue: str | None = None) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:medical_record_medicalrecord_patient", args=(obj.patient_id,)))

    @display(
        description=_("Review"),
        ordering="status",
        label={
            str(Review.WAITING.label): "warning",
            str(Review.JUSTIFIED.label): "success",
            str(Review.OBJECTED.label): "danger",
        },
    )
    def status_label(self, row: BreakGlass) -> str:
        return row.get_status_display()

    @step("review", _("Mark as justified…"), to=Review.JUSTIFIED, form=FindingForm, primary=True, done=_("Reviewed."))
    def justify(self, request: UserRequest, row: BreakGlass, data: StepData) -> None:
        row.review(Review.JUSTIFIED, finding=data["reason"], by=request.user, now=timezone.now())

    @step("review", _("Mark as not justified…"), to=Review.OBJECTED, form=FindingForm, danger=True, done=_("Reviewed."))
    def reject(self, request: UserRequest, row: BreakGlass, data: StepData) -> None:
        row.review(Review.OBJECTED, finding=data["reason"], by=request.user, now=timezone.now())
