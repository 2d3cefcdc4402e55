"""The screen for entries of charts, and the patient page."""

from datetime import datetime
from typing import NoReturn, cast

from django import forms
from django.contrib import admin
from django.db.models import Field, Model, Q, QuerySet
from django.forms import ModelForm
from django.http import Http404, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from shs.core.admin.cells import link_to
from shs.core.admin.changelist import AutocompleteFilter
from shs.core.admin.forms import Choose, DayField
from shs.core.admin.pages import Page
from shs.core.admin.ranges import TimeRange
from shs.core.admin.screen import Screen
from shs.core.admin.steps import ReasonForm, StepData, step
from shs.core.admin.tabs import Tab
from shs.core.dates import show_datetime
from shs.core.grants.table import holds
from shs.core.reads.log import log_page
from shs.core.records.values import validate_name
from shs.medical_record import services
from shs.medical_record.access import Access, with_anything_shared
from shs.medical_record.admin.chart import ChartRows
from shs.medical_record.admin.shown_signs import shown_signs
from shs.medical_record.admin.sign_forms import (
    SURE,
    ObservedForm,
    ask_back,
    observed_fields,
    observed_of,
    shown_observed,
    sign_fields,
    signs_of,
)
from shs.medical_record.models import ConditionCode, Kind, MedicalRecord, Severity, Status
from shs.medical_record.observed import NAMES
from shs.medical_record.patient_page import PATIENT_SECTIONS, page_of
from shs.medical_record.permissions import charts_writable, may_write_chart, visit_alone, visits_alone
from shs.medical_record.resources import RecordColumns
from shs.medical_record.vital_signs import SIGNS
from shs.users.models import User
from shs.users.requests import UserRequest


class EntryForm(ObservedForm, forms.ModelForm):  # type: ignore[type-arg]  # takes none at runtime
    """A new entry; vital signs are only for entries of that kind."""

    class Meta:
        model = MedicalRecord
        fields = ["patient", "kind", "title", "details", "code", "severity", "onset_date", "is_confidential"]

    title = forms.CharField(
        label=_("Title"), max_length=200, required=False, validators=[validate_name], widget=UnfoldAdminTextInputWidget
    )

    def clean(self) -> dict[str, object]:
        super().clean()
        self.instance.vital_signs = signs_of(self.cleaned_data)
        self.instance.observed = observed_of(self.cleaned_data)
        ask_back(self, self.cleaned_data.get("patient"))
        return self.cleaned_data


class AmendForm(ReasonForm):
    """The corrected entry and the reason."""

    title = forms.CharField(
        label=_("Title"), max_length=200, validators=[validate_name], widget=UnfoldAdminTextInputWidget
    )
    details = forms.CharField(
        label=_("Details"), max_length=5000, required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 4})
    )
    code = Choose(ConditionCode, "choose", label=_("ICD-10 code"), required=False)
    severity = forms.ChoiceField(
        label=_("Severity"), choices=[("", "–"), *Severity.choices], required=False, widget=UnfoldAdminSelectWidget
    )
    onset_date = DayField(label=_("Since"), required=False, widget=UnfoldAdminSingleDateWidget)
    is_confidential = forms.BooleanField(
        label=_("Confidential: guardians do not see it"), required=False, widget=UnfoldBooleanSwitchWidget
    )

    def prepare(self) -> None:
        if not self.record.is_confidential and not services.can_be_confidential(self.record, timezone.now()):
            del self.fields["is_confidential"]
        if self.record.kind == Kind.VITAL_SIGNS:
            for name in ("code", "severity", "onset_date"):
                del self.fields[name]
            self.fields.update(sign_fields() | observed_fields())
            self.initial.update(self.record.signs | shown_observed(self.record.observed))
        for name in set(MedicalRecord.AMENDABLE) & set(self.fields):
            self.initial[name] = getattr(self.record, name)
        self.order_fields([name for name in self.fields if name != "reason"])

    def changes(self) -> services.Amendment:
        """Field → new value."""
        found = {name: self.cleaned_data[name] for name in MedicalRecord.AMENDABLE if name in self.fields}
        if self.record.kind == Kind.VITAL_SIGNS:
            found["vital_signs"] = signs_of(self.cleaned_data)
            found["observed"] = observed_of(self.cleaned_data)
        return cast(services.Amendment, found)

    def clean(self) -> dict[str, object]:
        super().clean()
        if self.record.kind == Kind.VITAL_SIGNS:
            ask_back(self, self.record.patient, self.record.recorded_at)
        if not self.errors:
            self.cleaned_data["changes"] = self.changes()
        return self.cleaned_data


def is_standing(entry: MedicalRecord) -> bool:
    return entry.status != Status.ENTERED_IN_ERROR


@admin.register(MedicalRecord)
class MedicalRecordScreen(ChartRows, Screen):
    """Entries of charts: added by doctors for their patients, amended with a reason, never deleted."""

    icon = "clinical_notes"
    empty_text = _("Entries in the charts that you have access to are listed here.")
    list_display = ["recorded", "patient_link", "entry", "recorded_by", "status_label", "next_steps"]
    list_display_links = ["recorded", "entry"]
    list_filter = [
        ("kind", ChoicesDropdownFilter),
        ("recorded_by", AutocompleteFilter),
        ("recorded_at", TimeRange),
    ]
    list_select_related = ["patient", "recorded_by"]
    search_fields = ["patient__name", "title", "code__code"]
    search_help_text = _("Patient, title or code")
    autocomplete_fields = ["patient", "code"]
    ordering = ["-recorded_at", "-pk"]
    resource_classes = [RecordColumns]
    fieldsets = [
        (None, {"fields": [("patient_link", "kind"), "title", "details", ("code", "severity", "onset_date"), "signs"]}),
        (_("Record"), {"fields": [("status_label", "source"), "is_confidential", ("recorded_by", "recorded_at")]}),
    ]
    add_form = EntryForm
    add_fieldsets = [
        (
            None,
            {"fields": ["patient", "kind", "title", "details", "code", ("severity", "onset_date"), "is_confidential"]},
        ),
        (_("Vital signs"), {"fields": [tuple(list(SIGNS)[at : at + 2]) for at in range(0, len(SIGNS), 2)]}),
        (
            _("Observed with the vital signs"),
            {"fields": [*(tuple(NAMES[at : at + 2]) for at in range(0, len(NAMES), 2)), SURE]},
        ),
    ]
    readonly_fields = ["patient_link", "signs", "status_label"]
    tabs = [
        Tab("standing", _("Current"), lambda user: MedicalRecord.as_it_stands()),
        Tab("errors", _("Entered in error"), lambda user: ~MedicalRecord.as_it_stands()),
    ]

    # --- Adding ---

    def _choices(
        self, db_field: "Field[object, object]", request: UserRequest, kwargs: dict[str, object]
    ) -> QuerySet[Model]:
        """A doctor writes in the charts of patients in care, by consent, or for a visit alone."""
        if db_field.name == "patient":
            alone = Q(pk__in=set(visits_alone(request.user, timezone.now()).values()))
            people = User.objects.unrestricted("cut by the rule of charts")
            return people.filter(charts_writable(request.user, "pk") | alone)
        return super()._choices(db_field, request, kwargs)

    def save_model(
        self, request: UserRequest, obj: MedicalRecord, form: "ModelForm[MedicalRecord]", change: bool
    ) -> None:
        services.record(entry=obj, by=request.user, now=timezone.now())

    # --- Columns ---

    @display(description=_("Recorded"), ordering="-recorded_at")
    def recorded(self, entry: MedicalRecord) -> str:
        return show_datetime(entry.recorded_at)

    @display(description=_("Patient"), ordering="patient__name")
    def patient_link(self, entry: MedicalRecord) -> str:
        return link_to(
            reverse("admin:medical_record_medicalrecord_patient", args=(entry.patient_id,)), entry.patient.name
        )

    @display(description=_("Entry"), header=True, ordering="title")
    def entry(self, entry: MedicalRecord) -> list[str]:
        return [entry.title, entry.get_kind_display()]

    @display(
        description=_("State"),
        ordering="status",
        label={str(Status.ACTIVE.label): "info", str(Status.ENTERED_IN_ERROR.label): "danger"},
    )
    def status_label(self, entry: MedicalRecord) -> str:
        return entry.get_status_display()

    @display(description=_("Vital signs"))
    def signs(self, entry: MedicalRecord) -> str:
        return shown_signs(entry)

    # --- Steps ---

    @step(
        "amend",
        _("Amend…"),
        form=AmendForm,
        done=_("Amended. The earlier text is kept in the history."),
        when=is_standing,
    )
    def amend(self, request: UserRequest, entry: MedicalRecord, data: StepData) -> None:
        services.amend(entry=entry, changes=data["changes"], reason=data["reason"], now=timezone.now())

    @step(
        "amend",
        _("Mark as resolved…"),
        to=Status.RESOLVED,
        form=ReasonForm,
        done=_("Marked as resolved."),
        in_list=False,
    )
    def resolve(self, request: UserRequest, entry: MedicalRecord, data: StepData) -> None:
        entry.resolve(reason=data["reason"])

    @step(
        "amend",
        _("Reactivate…"),
        to=Status.ACTIVE,
        form=ReasonForm,
        done=_("The entry is active again."),
        in_list=False,
    )
    def reactivate(self, request: UserRequest, entry: MedicalRecord, data: StepData) -> None:
        entry.reactivate(reason=data["reason"])

    @step(
        "retract",
        _("Mark as entered in error…"),
        to=Status.ENTERED_IN_ERROR,
        form=ReasonForm,
        danger=True,
        text=_("The entry stays in the chart, marked as an error, and is no longer used."),
        done=_("Marked as entered in error."),
    )
    def retract(self, request: UserRequest, entry: MedicalRecord, data: StepData) -> None:
        entry.mark_entered_in_error(data["reason"])

    # --- The patient page ---

    pages = [Page("patient/<id:patient_id>/", "patient_view", "patient", needs="view", read_as="patient page")]

    def refuse_page(self, request: UserRequest, page: Page, **named: object) -> NoReturn:
        """A refused attempt to open a patient's page is logged."""
        if patient := User.objects.unrestricted("a refused try is logged").filter(pk=named["patient_id"]).first():
            services.note_reading(request.user, patient, "patient page", [])
        raise Http404

    def patient_view(self, request: UserRequest, patient_id: MedicalRecord) -> HttpResponse:
        """The chart of one patient at a glance. 404 for one that the user may not read; both are logged."""
        now = timezone.now()
        people = User.objects.unrestricted("who reads it is logged, and refused below").select_related("profile")
        patient = with_anything_shared(people.filter(pk=patient_id), now).first()
        if patient is None:
            raise Http404
        extent = services.extent_of(request.user, patient, now)
        if extent is None:
            services.note_reading(request.user, patient, "patient page", [], now=now)
            raise Http404
        page = page_of(patient, now=now, only=extent.visits, in_full=extent.is_in_full)
        sections = [made for ask in PATIENT_SECTIONS if (made := ask(request.user, patient, now)) is not None]
        notes = {"visit notes": page["note_ids"]} if page["note_ids"] else {}
        shown = {
            "patient page": page["ids"],
            **notes,
            **{section.what: section.ids for section in sections if section.ids},
        }
        log_page(request.user, shown=shown, subject=patient, basis=extent.basis)
        context = {
            **self.admin_site.each_context(request),
            **page,
            "title": patient.name,
            "content_title": patient.name,
            "basis": extent.basis,
            "sections": sections,
            "access": [(line, self._revoke_url(request, line)) for line in page["access"]],
            "add_url": self._add_url(request, patient, now),
            "reads_url": self._reads_url(request, patient),
        }
        return TemplateResponse(request, "admin/patient.html", context)

    def _add_url(self, request: UserRequest, patient: User, now: datetime) -> str:
        if not (may_write_chart(request.user, patient, now) or visit_alone(request.user, patient, now)):
            return ""
        return f"{reverse('admin:medical_record_medicalrecord_add')}?patient={patient.pk}"

    def _reads_url(self, request: UserRequest, patient: User) -> str:
        """The read log about this patient, for those who may see it."""
        if not holds(request.user, "core.view_readlog"):
            return ""
        return f"{reverse('admin:core_readlog_changelist')}?subject__id__exact={patient.pk}"

    def _revoke_url(self, request: UserRequest, line: Access) -> str:
        if line.share is not None:
            kind = line.share._meta.model_name
            is_theirs = request.user.has_perm(f"core.revoke_{kind}", line.share)
            return reverse(f"admin:core_{kind}_step", args=(line.share.pk, "revoke")) if is_theirs else ""
        if line.grant is None or not request.user.has_perm("core.revoke_objectgrant", line.grant):
            return ""
        return reverse("admin:core_objectgrant_step", args=(line.grant.pk, "revoke"))
