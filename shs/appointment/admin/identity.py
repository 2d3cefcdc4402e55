"""Proof of identity: the steps on a visit, and the auditors' list of visits without proof and of objections."""

from django import forms
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from shs.appointment import services
from shs.appointment.models import Appointment, IdentityCheck
from shs.core.admin.cells import link_to
from shs.core.admin.links import may_open
from shs.core.admin.ranges import TimeRange
from shs.core.admin.screen import Screen
from shs.core.admin.steps import ReasonForm, StepData, StepForm, step
from shs.core.admin.tabs import Tab
from shs.users.requests import UserRequest

How = IdentityCheck.How


def proof_fields(*ways: str) -> dict[str, forms.Field]:
    """The fields of a proof of identity, which offer `ways` (of How)."""
    labels = dict(How.choices)
    fields: dict[str, forms.Field] = {
        "how": forms.ChoiceField(
            label=_("Proof of identity"),
            choices=[("", "–"), *((way, labels[way]) for way in ways)],
            widget=UnfoldAdminSelectWidget,
        ),
        "document": forms.ChoiceField(
            label=_("Document"),
            choices=[("", "–"), *IdentityCheck.Document.choices],
            required=False,
            widget=UnfoldAdminSelectWidget,
        ),
        "last_four": forms.CharField(
            label=_("Last four characters of its number"),
            max_length=4,
            required=False,
            widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        ),
        "code": forms.CharField(
            label=_("Code that the patient was sent"),
            max_length=10,
            required=False,
            widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "inputmode": "numeric"}),
        ),
        "card": forms.CharField(
            label=_("Code on the patient's card"),
            max_length=20,
            required=False,
            widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        ),
        "reason": forms.CharField(
            label=_("Reason for no proof of identity"),
            max_length=500,
            required=False,
            widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        ),
    }
    left_out = {"code": How.CODE, "card": How.CARD, "reason": How.NONE}
    return {name: field for name, field in fields.items() if left_out.get(name, How.DOCUMENT) in ways}


class ProofForm(StepForm):
    """How the patient of a visit proves who they are."""

    ways: tuple[str, ...] = (How.DOCUMENT, How.CARD, How.CODE, How.PHONE)

    def prepare(self) -> None:
        self.fields.update(proof_fields(*self.ways))

    def clean(self) -> dict[str, object]:
        data = super().clean() or {}
        data["proof"] = services.Proof(**{name: str(data.get(name) or "") for name in proof_fields(*self.ways)})
        return data


class ReceptionForm(ProofForm):
    """As ProofForm, or why there is no proof."""

    ways = (How.DOCUMENT, How.CARD, How.CODE, How.PHONE, How.NONE)


class IdentitySteps:
    """For the screen of visits: what the desk does about the identity of those whom it takes in."""

    @step(
        "check_in",
        _("Check in with proof of identity…"),
        form=ReceptionForm,
        primary=True,
        text=_(
            "The desk booked this visit. The doctor can read the chart only if the patient proves who they are: by a "
            "document, by the code on their card, or by the code that is sent to their address or phone. The patient "
            "is told in every case."
        ),
        done=_("The patient is checked in."),
        when=lambda visit: visit.needs_proof and visit.can_be_checked_in(timezone.now()),
    )
    def receive(self, request: UserRequest, visit: Appointment, data: StepData) -> None:
        services.check_in(visit=visit, proof=data["proof"], by=request.user, now=timezone.now())

    @step(
        "check_in",
        _("Proof of identity…"),
        form=ProofForm,
        text=_("The patient has proven who they are: the doctor can then read the chart. The patient is told."),
        done=_("Identity recorded: the doctor can read the patient's chart."),
        in_list=False,
        when=lambda visit: visit.needs_proof and visit.checked_in_at is not None,
    )
    def prove(self, request: UserRequest, visit: Appointment, data: StepData) -> None:
        services.prove(visit=visit, proof=data["proof"], by=request.user, now=timezone.now())

    @step(
        "check_in",
        _("Send a code"),
        text=_("A code is sent to the patient's confirmed address. It works for 15 minutes."),
        done=_("The code is on its way. Ask the patient to read it to you."),
        in_list=False,
        when=lambda visit: visit.needs_proof,
    )
    def send_code(self, request: UserRequest, visit: Appointment, data: StepData) -> None:
        services.send_code(visit=visit, now=timezone.now())

    @step(
        "check_in",
        _("Send a code by SMS"),
        text=_("A code is sent to the patient's confirmed phone. It works for 15 minutes."),
        done=_("The code is on its way. Ask the patient to read it to you."),
        in_list=False,
        when=lambda visit: visit.needs_proof,
    )
    def send_code_by_sms(self, request: UserRequest, visit: Appointment, data: StepData) -> None:
        services.send_code(visit=visit, to_phone=True, now=timezone.now())


class FindingForm(ReasonForm):
    """The auditor's finding."""

    def prepare(self) -> None:
        self.fields["reason"].label = _("Finding")


@admin.register(IdentityCheck)
class IdentityCheckScreen(Screen):
    """How the desk knew who came; what is without proof, or objected to, waits for an auditor."""

    icon = "badge"
    empty_text = _(
        "Visits that the desk has checked in are listed here, with the proof of identity. Those "
        "without one wait for a review."
    )
    list_display = ["at", "patient", "visit_link", "how_label", "by", "status_label", "next_steps"]
    list_filter = [("how", ChoicesDropdownFilter), ("at", TimeRange)]
    list_select_related = ["visit", "visit__patient", "visit__doctor", "by"]
    search_fields = ["visit__number", "visit__patient__name"]
    search_help_text = _("Number of the visit, or patient")
    ordering = ["-at", "-pk"]
    tabs = [
        Tab("waiting", _("To review"), lambda user: IdentityCheck.waiting()),
        Tab("all", _("All"), lambda user: ~IdentityCheck.waiting() | IdentityCheck.waiting()),
    ]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("patient", "doctor"),
                    ("visit_link", "at"),
                    ("how", "by"),
                    ("document", "last_four"),
                    "reason",
                ]
            },
        ),
        (pgettext_lazy("check", "Review"), {"fields": ["status_label", "finding", ("reviewed_by", "reviewed_at")]}),
    ]
    readonly_fields = ["patient", "doctor", "visit_link", "status_label"]
    described_by = ("visit", "how", "reason", "at")

    @display(description=_("Patient"))
    def patient(self, row: IdentityCheck) -> str:
        return row.visit.patient.name

    @display(description=_("Doctor"))
    def doctor(self, row: IdentityCheck) -> str:
        return row.visit.doctor.name

    @display(description=_("Visit"))
    def visit_link(self, row: IdentityCheck) -> str:
        url = reverse("admin:appointment_appointment_change", args=(row.visit_id,))
        return link_to(url, row.visit) if may_open(row.visit) else str(row.visit)

    @display(
        description=_("How"),
        ordering="how",
        label={
            str(How.CODE.label): "success",
            str(How.PHONE.label): "success",
            str(How.CARD.label): "success",
            str(How.DOCUMENT.label): "success",
            str(How.NONE.label): "warning",
            str(How.OBJECTED.label): "danger",
        },
    )
    def how_label(self, row: IdentityCheck) -> str:
        return row.get_how_display()

    @display(
        description=pgettext_lazy("check", "Review"),
        ordering="status",
        label={
            str(IdentityCheck.Review.WAITING.label): "warning",
            str(IdentityCheck.Review.JUSTIFIED.label): "success",
            str(IdentityCheck.Review.OBJECTED.label): "danger",
        },
    )
    def status_label(self, row: IdentityCheck) -> str:
        return row.get_status_display()

    @step(
        "review",
        _("Mark as justified…"),
        to=IdentityCheck.Review.JUSTIFIED,
        form=FindingForm,
        primary=True,
        done=_("Reviewed."),
    )
    def justify(self, request: UserRequest, row: IdentityCheck, data: StepData) -> None:
        row.review(IdentityCheck.Review.JUSTIFIED, finding=data["reason"], by=request.user, now=timezone.now())

    @step(
        "review",
        _("Mark as not justified…"),
        to=IdentityCheck.Review.OBJECTED,
        form=FindingForm,
        danger=True,
        done=_("Reviewed."),
    )
    def reject(self, request: UserRequest, row: IdentityCheck, data: StepData) -> None:
        row.review(IdentityCheck.Review.OBJECTED, finding=data["reason"], by=request.user, now=timezone.now())
