"""The list of corrections that patients have asked for, and the steps that decide them."""

from datetime import datetime

from django import forms
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from shs.core.admin.cells import link_to
from shs.core.admin.cells import person as person_cell
from shs.core.admin.ranges import TimeRange
from shs.core.admin.screen import Screen
from shs.core.admin.steps import StepData, StepForm, step
from shs.core.admin.tabs import Tab
from shs.users import corrections
from shs.users.models import Correction, User
from shs.users.requests import UserRequest

Status = Correction.Status


class AcceptForm(StepForm):
    """What the desk has seen."""

    answer = forms.CharField(
        label=_("Document you have seen"),
        max_length=500,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text=_("Such as: the birth certificate. It is kept in the history."),
    )

    def consequences(self) -> list[str]:
        row: Correction = self.record
        return [f"{row.get_fact_display()}: {present_of(row)} → {wanted_of(row)}"]


class DeclineForm(StepForm):
    """The sentence that the person reads."""

    answer = forms.CharField(
        label=_("Reason, for the person who asked"),
        max_length=500,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("Write nothing about their health: it is sent by e-mail."),
    )


def present_of(row: Correction) -> str:
    """What was recorded when it was asked for."""
    return corrections.shown(row.fact, row.present) or "–"


def wanted_of(row: Correction) -> str:
    """What is wanted instead."""
    return corrections.shown(row.fact, row.wanted) or "–"


@admin.register(Correction)
class CorrectionScreen(Screen):
    """Corrections that patients ask for in the app, and guardians for their dependants."""

    icon = "edit_square"
    reveals = "contact details"
    history_needs = "decide"
    concealed_from = {"present_value": "decide", "wanted_value": "decide"}
    empty_text = _("Corrections that patients request in the app wait here for the front desk.")
    list_display = ["who", "fact", "present_value", "wanted_value", "asked", "status_label", "next_steps"]
    list_filter = [("fact", ChoicesDropdownFilter), ("asked_at", TimeRange)]
    list_select_related = ["person", "asked_by"]
    search_fields = ["person__name"]
    search_help_text = _("Patient")
    ordering = ["-asked_at", "-pk"]
    tabs = [
        Tab("waiting", _("Waiting"), lambda user: Correction.of_state(Status.WAITING)),
        Tab("decided", _("Decided"), lambda user: Correction.of_state(Status.ACCEPTED, Status.DECLINED)),
        Tab("withdrawn", _("Withdrawn"), lambda user: Correction.of_state(Status.WITHDRAWN)),
    ]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("person_link", "fact"),
                    ("present_value", "wanted_value"),
                    "reason",
                    ("asked_by", "asked_at"),
                ]
            },
        ),
        (_("Decision"), {"fields": [("status_label", "answer"), ("decided_by", "decided_at")]}),
    ]
    readonly_fields = ["person_link", "present_value", "wanted_value", "status_label"]
    described_by = ("asked_by", "reason")

    def get_list_display(self, request: UserRequest) -> list[str]:
        hidden = set() if self.may_read(request, "decide") else set(self.concealed_from)
        return [name for name in super().get_list_display(request) if name not in hidden]

    def person_of(self, row: Correction) -> User:
        return row.person

    @display(description=_("Person"), header=True)
    def who(self, row: Correction) -> list[str]:
        return person_cell(row.person.name, row.person.patient_number)

    @display(description=_("Person"))
    def person_link(self, row: Correction) -> str:
        return link_to(reverse("admin:users_user_change", args=(row.person_id,)), row.person.name)

    @display(description=_("Recorded"))
    def present_value(self, row: Correction) -> str:
        return present_of(row)

    @display(description=_("Requested value"))
    def wanted_value(self, row: Correction) -> str:
        return wanted_of(row)

    @display(description=_("Asked"), ordering="asked_at")
    def asked(self, row: Correction) -> datetime:
        return row.asked_at

    @display(
        description=_("State"),
        label={
            str(Status.WAITING.label): "warning",
            str(Status.ACCEPTED.label): "success",
            str(Status.DECLINED.label): "danger",
        },
    )
    def status_label(self, row: Correction) -> str:
        return row.get_status_display()

    @step(
        "decide",
        _("Accept…"),
        to=Status.ACCEPTED,
        form=AcceptForm,
        primary=True,
        text=_("Compare it with a document. The correction is made at once, and who asked is told."),
        done=_("Corrected."),
    )
    def accept(self, request: UserRequest, row: Correction, data: StepData) -> None:
        corrections.accept(row=row, answer=data["answer"], by=request.user, now=timezone.now())

    @step(
        "decide",
        _("Decline…"),
        to=Status.DECLINED,
        form=DeclineForm,
        danger=True,
        text=_("Nothing changes. The person who asked reads your reason."),
        done=_("Declined."),
    )
    def decline(self, request: UserRequest, row: Correction, data: StepData) -> None:
        corrections.decline(row=row, answer=data["answer"], by=request.user, now=timezone.now())
