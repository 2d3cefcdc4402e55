"""A doctor's profile in the admin."""

from typing import Protocol

from django.forms import ModelForm
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from shs.core.admin.cells import person
from shs.core.admin.masks import masked_email
from shs.core.admin.resources import Exports
from shs.core.admin.screen import Screen
from shs.doctors import services
from shs.doctors.admin.forms import DoctorForm
from shs.doctors.models import DoctorInformation
from shs.doctors.resources import DoctorColumns
from shs.users.requests import UserRequest


class ShownDoctor(Protocol):
    """A row of the list, with the e-mail address as its reader may see it."""

    name: str
    shown_email: str


class DoctorScreen(Exports, Screen):
    """Doctors' profiles. `shs.credentialing` extends this screen with its queue and its case page, and registers it."""

    form = DoctorForm
    icon = "stethoscope"
    in_quick_search = True
    quick_search_order = 10
    search_fields = ["name", "user__email", "license_number"]
    search_help_text = _("Name, e-mail address or licence number")
    list_select_related = ["user"]
    resource_classes = [DoctorColumns]
    filter_horizontal = ["specializations"]
    fieldsets = [
        (
            _("Profile"),
            {
                "fields": [
                    ("license_number", "license_expires_on"),
                    ("experience", "fees"),
                    "education",
                    "specializations",
                ]
            },
        ),
        (_("Practice"), {"fields": ["location", "clinics", "languages", "bio"]}),
        (
            _("Verification"),
            {
                "fields": [
                    ("verification_status", "submitted_at", "decided_at"),
                    ("verification_reason", "verification_note"),
                ]
            },
        ),
        (_("Ratings"), {"fields": [("rating", "rating_count")]}),
    ]

    def found_as(self, request: UserRequest, row: DoctorInformation) -> str:
        return f"{row.license_number} · {row.get_verification_status_display()}"

    def save_model(
        self, request: UserRequest, obj: DoctorInformation, form: "ModelForm[DoctorInformation]", change: bool
    ) -> None:
        """Saves by the service that the API uses too."""
        changed = {name: form.cleaned_data[name] for name in form.changed_data if name in self.own_fields}
        stored = DoctorInformation.objects.unrestricted("the row of the form, as stored").get(pk=obj.pk)
        services.change(doctor=stored, changes=changed, now=timezone.now())
        obj.refresh_from_db()

    own_fields = (
        "license_number",
        "license_expires_on",
        "experience",
        "fees",
        "education",
        "location",
        "languages",
        "bio",
    )

    def save_related(
        self,
        request: UserRequest,
        form: "ModelForm[DoctorInformation]",
        formsets: list[object],
        change: bool,
    ) -> None:
        super().save_related(request, form, formsets, change)
        services.refresh_derived(form.instance)

    @display(description=_("Doctor"), header=True, ordering="name")
    def who(self, doctor: ShownDoctor) -> list[str]:
        return person(doctor.name, doctor.shown_email)

    @display(description=_("Verification"), label=True)
    def state(self, doctor: DoctorInformation) -> str:
        return doctor.get_verification_status_display()

    @display(description=_("Specialty and city"))
    def practice(self, doctor: DoctorInformation) -> str:
        names = ", ".join(card["name"] for card in doctor.specialty_cards)
        return f"{names} · {doctor.location}"

    def _shown_email(self, request: UserRequest, doctor: DoctorInformation) -> str:
        """The e-mail address: whole for verification officers and the doctor, masked for others."""
        is_open = doctor.user_id == request.user.pk or self._may(request, "claim")
        return doctor.user.email if is_open else masked_email(doctor.user.email)
