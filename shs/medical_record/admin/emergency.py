"""Emergency access to a chart: opened by a doctor, reviewed by an auditor."""

from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.forms import ModelForm
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy
from unfold.decorators import display
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from shs.core import counts
from shs.core.admin.cells import link_to
from shs.core.admin.ranges import TimeRange
from shs.core.admin.rights import FieldSets
from shs.core.admin.screen import Screen
from shs.core.admin.steps import ReasonForm, StepData, step
from shs.core.admin.tabs import Tab
from shs.core.errors import Refused
from shs.core.reads.models import ReadLog
from shs.medical_record import services
from shs.medical_record.emergency import find_patient
from shs.medical_record.models import BreakGlass, Review
from shs.users.models import User
from shs.users.requests import UserRequest


class GlassForm(forms.ModelForm):  # type: ignore[type-arg]  # takes none at runtime
    """Emergency access to the chart of one patient. Whoever is found by another thing than the exact e-mail address is
    chosen by the doctor, who compares what tells people of one name apart."""

    who = forms.CharField(
        label=_("The patient"),
        help_text=_("Name as you hear it (two words), whole phone number, date of birth (d/m/y), or e-mail address."),
        max_length=200,
        widget=UnfoldAdminTextInputWidget,
    )
    chosen = forms.CharField(label="", required=False, widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("Why this cannot wait (at least 20 characters)"),
        min_length=BreakGlass.LEAST_REASON,
        max_length=500,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )
    doctor: User
    """Who opens the chart; set by the screen."""

    class Meta:
        model = BreakGlass
        fields = ["reason"]

    def clean(self) -> dict[str, object]:
        data = super().clean() or {}
        text = data.get("who")
        # Nobody is shown to a doctor who has not said why.
        if not text or "reason" in self.errors:
            return data
        try:
            found = find_patient(self.doctor, text, timezone.now())
        except Refused as refusal:
            self.add_error("who" if refusal.field == "who" else None, str(refusal.detail))
            return data
        keys = list(found) if "@" in text else [key for key in found if str(key) == self.data.get("chosen")]
        if keys:
            people = User.objects.unrestricted("one of those who were found")
            data["patient"] = people.get(pk=keys[0])
        else:
            self._offer(found)
        return data

    def _offer(self, found: dict[int, str]) -> None:
        """Let the doctor choose one of those who were found."""
        field = self.fields["chosen"]
        field.label = self["chosen"].label = _("Choose the patient")  # the bound field keeps a copy
        field.widget = UnfoldAdminRadioSelectWidget(choices=[(str(key), text) for key, text in found.items()])
        self.add_error("chosen", _("Choose the patient: compare age, sex and the end of the phone number."))


class FindingForm(ReasonForm):
    """The auditor's finding."""

    def prepare(self) -> None:
        self.fields["reason"].label = _("Finding")


def _reads_of(row: BreakGlass) -> str:
    """The address of the read log with what the doctor read of this chart while the access lasted."""
    start, end = timezone.localtime(row.opened_at), timezone.localtime(row.ends_at)
    query = {
        "reader__id__exact": row.doctor_id,
        "subject__id__exact": row.patient_id,
        "at_from_0": f"{start:%Y-%m-%d}",
        "at_from_1": f"{start:%H:%M:%S}",
        "at_to_0": f"{end:%Y-%m-%d}",
        "at_to_1": f"{end:%H:%M:%S}",
    }
    return f"{reverse('admin:core_readlog_changelist')}?{urlencode(query)}"


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
        (
            pgettext_lazy("check", "Review"),
            {"fields": ["reads", "status_label", "finding", ("reviewed_by", "reviewed_at")]},
        ),
    ]
    add_form = GlassForm
    add_fieldsets = [(None, {"fields": ["who", "chosen", "reason"]})]
    readonly_fields = ["status_label", "reads"]
    concealed_from = {"reads": "review"}

    def get_fieldsets(self, request: UserRequest, obj: Model | None = None) -> FieldSets:
        """There is nobody to choose from before somebody was looked for."""
        if obj is None and request.method == "GET":
            return [(None, {"fields": ["who", "reason"]})]
        return super().get_fieldsets(request, obj)

    def get_form(
        self, request: UserRequest, obj: Model | None = None, change: bool = False, **kwargs: object
    ) -> "type[ModelForm[BreakGlass]]":
        form: type[ModelForm[BreakGlass]] = super().get_form(request, obj, change, **kwargs)
        if issubclass(form, GlassForm):
            form.doctor = request.user  # of a class that is made for this request
        return form

    def save_model(self, request: UserRequest, obj: BreakGlass, form: "ModelForm[BreakGlass]", change: bool) -> None:
        patient, reason = form.cleaned_data["patient"], form.cleaned_data["reason"]
        opened = services.break_glass(doctor=request.user, patient=patient, reason=reason, now=timezone.now())
        obj.__dict__.update(opened.__dict__)

    def response_add(self, request: UserRequest, obj: BreakGlass, post_url_continue: str | None = None) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:medical_record_medicalrecord_patient", args=(obj.patient_id,)))

    @display(
        description=pgettext_lazy("check", "Review"),
        ordering="status",
        label={
            str(Review.WAITING.label): "warning",
            str(Review.JUSTIFIED.label): "success",
            str(Review.OBJECTED.label): "danger",
        },
    )
    def status_label(self, row: BreakGlass) -> str:
        return row.get_status_display()

    @display(description=_("What was read"))
    def reads(self, row: BreakGlass) -> str:
        """The number of reads of this chart by this doctor while the access lasted, with a link to them."""
        found = ReadLog.objects.about(row.patient).filter(
            reader=row.doctor_id, at__gte=row.opened_at.replace(microsecond=0), at__lte=row.ends_at
        )
        number = found.order_by()[: counts.SHOWN + 1].count()
        text = ngettext("%(number)s read in this time", "%(number)s reads in this time", number)
        return link_to(_reads_of(row), text % {"number": counts.shown(number)})

    @step("review", _("Mark as justified…"), to=Review.JUSTIFIED, form=FindingForm, primary=True, done=_("Reviewed."))
    def justify(self, request: UserRequest, row: BreakGlass, data: StepData) -> None:
        row.review(Review.JUSTIFIED, finding=data["reason"], by=request.user, now=timezone.now())

    @step("review", _("Mark as not justified…"), to=Review.OBJECTED, form=FindingForm, danger=True, done=_("Reviewed."))
    def reject(self, request: UserRequest, row: BreakGlass, data: StepData) -> None:
        row.review(Review.OBJECTED, finding=data["reason"], by=request.user, now=timezone.now())
