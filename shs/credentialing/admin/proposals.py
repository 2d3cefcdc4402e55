"""The steps that decide what a verified doctor has proposed, and what an officer sees of it."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple, cast

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from shs.core.admin.steps import ReasonForm, StepData, StepForm, step
from shs.core.dates import shown
from shs.core.labels import Label
from shs.credentialing import services
from shs.doctors import services as doctors
from shs.doctors.models import DoctorInformation, DoctorSpecialization, FactProposal
from shs.doctors.models.proposal import LABELS
from shs.users.requests import UserRequest


class Difference(NamedTuple):
    """One fact as it was verified, and as it is proposed."""

    label: Label
    verified: str
    proposed: str


def waiting(doctor: DoctorInformation) -> FactProposal | None:
    """The proposal of a doctor that waits for a decision, read once for a row."""
    known = vars(doctor)
    if "waiting_proposal" not in known:
        known["waiting_proposal"] = doctors.waiting(doctor)
    return cast("FactProposal | None", known["waiting_proposal"])


def differences(doctor: DoctorInformation) -> list[Difference]:
    """What a doctor proposes to change; empty if nothing waits."""
    proposal = waiting(doctor)
    if proposal is None:
        return []
    verified = doctors.verified_facts(doctor)
    names = dict(DoctorSpecialization.objects.unrestricted("names of archived ones, too").values_list("slug", "name"))
    found = []
    for name, value in proposal.values().items():
        before = doctor.license_expires_on if name == "license_expires_on" else verified[name]
        found.append(Difference(LABELS[name], _text(before, names), _text(value, names)))
    return found


def _text(value: object, names: Mapping[str, str]) -> str:
    """A fact as people read it; `names` are those of specializations by their slug."""
    if isinstance(value, list):
        return ", ".join(names.get(slug, slug) for slug in value)
    if isinstance(value, date):
        return shown(value)
    return str(value if value is not None else "–")


class AcceptForm(StepForm):
    """An optional message to the doctor."""

    text = forms.CharField(
        label=_("Message to the doctor (optional)"),
        max_length=1000,
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )

    def consequences(self) -> Sequence[Label]:
        return [f"{line.label}: {line.verified} → {line.proposed}" for line in differences(self.record)]


class RefuseForm(ReasonForm):
    """The reason, which is sent to the doctor."""

    def consequences(self) -> Sequence[Label]:
        return [f"{line.label}: {line.verified} → {line.proposed}" for line in differences(self.record)]


def has_proposal(doctor: DoctorInformation) -> bool:
    """Whether a change of a verified doctor waits."""
    return doctor.is_approved and waiting(doctor) is not None


class ProposalSteps:
    """For the screen of doctors: the decision on a proposed change."""

    @step(
        "decide",
        _("Accept the change…"),
        form=AcceptForm,
        primary=True,
        text=_("Compare it with the documents. Patients and new prescriptions show the new facts from now on."),
        done=_("Accepted. The doctor has been told."),
        in_list=False,
        when=has_proposal,
    )
    def accept_changes(self, request: UserRequest, doctor: DoctorInformation, data: StepData) -> None:
        services.accept_changes(doctor=doctor, note=data["text"], by=request.user, now=timezone.now())

    @step(
        "decide",
        _("Refuse the change…"),
        form=RefuseForm,
        danger=True,
        text=_("The facts stay as they were verified. The doctor is sent the reason."),
        done=_("Refused. The doctor has been told."),
        in_list=False,
        when=has_proposal,
    )
    def refuse_changes(self, request: UserRequest, doctor: DoctorInformation, data: StepData) -> None:
        services.refuse_changes(doctor=doctor, note=data["reason"], by=request.user, now=timezone.now())
