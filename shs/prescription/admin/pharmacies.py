"""The screen for registered pharmacies."""

from django import forms
from django.contrib import admin
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminTextInputWidget

from shs.core.admin.addresses import page_of
from shs.core.admin.cells import link_to
from shs.core.admin.links import may_open
from shs.core.admin.screen import Screen
from shs.core.admin.steps import ReasonForm, StepData, StepForm, step
from shs.core.labels import Label
from shs.core.records.values import validate_person_name
from shs.core.types import clean_email
from shs.prescription.models import Pharmacy, PharmacyMember, PharmacyStatus
from shs.prescription.services import pharmacies
from shs.users.models import User
from shs.users.requests import UserRequest


class InviteForm(StepForm):
    """Who gets an account of the pharmacy."""

    name = forms.CharField(
        label=_("Name"), max_length=150, validators=[validate_person_name], widget=UnfoldAdminTextInputWidget
    )
    email = forms.EmailField(label=_("E-mail address"), max_length=254, widget=UnfoldAdminEmailInputWidget)

    def clean_email(self) -> str:
        return clean_email(self.cleaned_data["email"])


def _linked(person: User) -> str:
    name = link_to(page_of(person), person.name) if may_open(person) else person.name
    return name if person.is_active else format_html("{} ({})", name, _("suspended"))


@admin.register(Pharmacy)
class PharmacyScreen(Screen):
    """Pharmacies whose people log in, and what they may see: prescriptions by their code, and nothing else."""

    icon = "local_pharmacy"
    stays_small = "added by hand"
    empty_text = _("Add the pharmacies that log in here. All others use the one-time code on the prescription.")
    list_display = ["name", "address", "licence", "state", "next_steps"]
    list_filter = [("status", ChoicesDropdownFilter)]
    search_fields = ["name", "address", "licence"]
    ordering = ["name", "pk"]
    fieldsets = [
        (None, {"fields": [("name", "licence"), "address", ("phone", "status"), "suspended_because", "people"]})
    ]
    add_fieldsets = [(None, {"fields": [("name", "licence"), "address", "phone"]})]
    readonly_fields = ["people"]

    @display(
        description=_("State"),
        ordering="status",
        label={str(PharmacyStatus.ACTIVE.label): "success", str(PharmacyStatus.SUSPENDED.label): "danger"},
    )
    def state(self, pharmacy: Pharmacy) -> str:
        return pharmacy.get_status_display()

    @display(description=_("People"))
    def people(self, pharmacy: Pharmacy) -> Label:
        members = PharmacyMember.objects.unrestricted("of a pharmacy that is shown").filter(pharmacy=pharmacy)
        shown = ((_linked(member.user),) for member in members.select_related("user"))
        return format_html_join("", "<p>{}</p>", shown) or _("Nobody yet. Use “Open an account…”.")

    @step(
        "invite",
        _("Open an account…"),
        form=InviteForm,
        text=_(
            "They get a mail with a link to set a password, set up a second factor at the first login, and see only "
            "the prescriptions whose code they have. The account belongs to this pharmacy for good."
        ),
        done=_("The account is open; the invitation will be sent shortly."),
        in_list=False,
        when=lambda pharmacy: pharmacy.is_active,
    )
    def invite(self, request: UserRequest, pharmacy: Pharmacy, data: StepData) -> None:
        pharmacies.invite(
            pharmacy=pharmacy, email=data["email"], name=data["name"], by=request.user, now=timezone.now()
        )

    @step(
        "suspend",
        _("Suspend…"),
        to=PharmacyStatus.SUSPENDED,
        form=ReasonForm,
        danger=True,
        text=_(
            "All sessions of its users end immediately, and they cannot record anything until the pharmacy is "
            "reinstated. They are shown the reason when they log in."
        ),
        done=_("Suspended. All sessions have ended."),
        keep_label=_("Keep pharmacy active"),
    )
    def suspend(self, request: UserRequest, pharmacy: Pharmacy, data: StepData) -> None:
        pharmacies.suspend(pharmacy=pharmacy, reason=data["reason"], now=timezone.now())

    @step(
        "suspend",
        _("Reinstate…"),
        to=PharmacyStatus.ACTIVE,
        form=ReasonForm,
        text=_("Its users can record again what they dispense."),
        done=_("Reinstated."),
    )
    def reinstate(self, request: UserRequest, pharmacy: Pharmacy, data: StepData) -> None:
        pharmacies.reinstate(pharmacy=pharmacy, reason=data["reason"])
