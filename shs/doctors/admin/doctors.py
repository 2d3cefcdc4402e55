"""A doctor's profile in the admin."""

from collections.abc import Callable
from typing import Protocol

from django.contrib import messages
from django.forms import ModelForm
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from shs.core.admin.base import Context
from shs.core.admin.cells import person
from shs.core.admin.masks import masked_email
from shs.core.admin.resources import Exports
from shs.core.admin.screen import Screen
from shs.core.labels import Label
from shs.doctors import services
from shs.doctors.admin.forms import DoctorForm, OpeningForm
from shs.doctors.errors import NotYetADoctor
from shs.doctors.models import DoctorInformation
from shs.doctors.resources import DoctorColumns
from shs.users.practising import ask_owner
from shs.users.requests import UserRequest

OWNER = "shs.doctors.owner"
"""Where a request keeps whose account has to become a doctor's first."""


PAGE_LINKS: list[Callable[[UserRequest, DoctorInformation], tuple[Label, str] | None]] = []
"""Functions of later apps that add links to a doctor's page: `(request, doctor)` → label and address, or None for users
who may not follow it."""


class ShownDoctor(Protocol):
    """A row of the list, with the e-mail address as its reader may see it."""

    name: str
    shown_email: str


class DoctorScreen(Exports, Screen):
    """Doctors' profiles. `shs.credentialing` extends this screen with its queue and its case page, and registers it."""

    form = DoctorForm
    add_form = OpeningForm
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
        (
            _("Practice"),
            {
                "fields": [
                    "location",
                    "clinics",
                    "languages",
                    "bio",
                    "auto_confirms",
                    ("notice_minutes", "cancel_minutes"),
                ]
            },
        ),
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

    add_fieldsets = [
        (_("Account"), {"fields": [("name", "email")]}),
        fieldsets[0],
        fieldsets[1],
    ]

    def found_as(self, request: UserRequest, row: DoctorInformation) -> str:
        return f"{row.license_number} · {row.get_verification_status_display()}"

    def save_model(
        self, request: UserRequest, obj: DoctorInformation, form: "ModelForm[DoctorInformation]", change: bool
    ) -> None:
        """Saves by the service that the API uses too."""
        if not change:
            self._open(request, obj, form)
            return
        changed = {name: form.cleaned_data[name] for name in form.changed_data if name in self.own_fields}
        stored = DoctorInformation.objects.unrestricted("the row of the form, as stored").get(pk=obj.pk)
        # Taken out of the form, which would store it beside the service.
        chosen = form.cleaned_data.pop("specializations", None)
        if chosen is not None:
            changed["specializations"] = [specialty.slug for specialty in chosen]
        before = services.waiting(stored)
        services.change(doctor=stored, changes=changed, now=timezone.now())
        now_waiting = services.waiting(stored)
        if now_waiting and (before is None or before.changes != now_waiting.changes):
            messages.info(request, _("What was verified stays as it is until an officer has accepted the change."))
        obj.refresh_from_db()

    def _open(self, request: UserRequest, obj: DoctorInformation, form: "ModelForm[DoctorInformation]") -> None:
        """Open the account and the profile of a new doctor."""
        values = {name: form.cleaned_data[name] for name in ("email", "name", *self.own_fields)}
        slugs = [specialty.slug for specialty in form.cleaned_data["specializations"]]
        try:
            made = services.open_profile(**values, specializations=slugs, by=request.user, now=timezone.now())
        except NotYetADoctor as refusal:
            request.META[OWNER] = refusal.owner
            raise
        obj.__dict__.update(made.__dict__)

    def render_change_form(
        self,
        request: UserRequest,
        context: Context,
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: DoctorInformation | None = None,
    ) -> HttpResponse:
        if obj is not None:
            context["page_links"] = [link for link in (link_of(request, obj) for link_of in PAGE_LINKS) if link]
        return super().render_change_form(request, context, add, change, form_url, obj)

    def changeform_view(
        self,
        request: UserRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Context | None = None,
    ) -> HttpResponse:
        """Ask the owner of a patient's account after the form was refused: what the form has done is undone by then."""
        answer = super().changeform_view(request, object_id, form_url, extra_context)
        if owner := request.META.get(OWNER):
            ask_owner(user=owner, now=timezone.now())
        return answer

    def response_add(
        self, request: UserRequest, obj: DoctorInformation, post_url_continue: str | None = None
    ) -> HttpResponse:
        """To the new doctor's page, where documents are uploaded."""
        words = _("The account is open, and the invitation is sent to %(email)s. Now upload what the doctor brought.")
        if obj.user.has_usable_password():
            words = _("The profile is open, and %(email)s is told of it. Now upload what the doctor brought.")
        messages.success(request, words % {"email": obj.user.email})
        if request.POST.get("name", "").strip() != obj.name:
            messages.info(request, _("The account has the name %(name)s already, which is kept.") % {"name": obj.name})
        again = reverse("admin:doctors_doctorinformation_add")
        return HttpResponseRedirect(again if "_addanother" in request.POST else self.url_of(obj))

    own_fields = (
        "license_number",
        "license_expires_on",
        "experience",
        "fees",
        "education",
        "location",
        "languages",
        "bio",
        "auto_confirms",
        "notice_minutes",
        "cancel_minutes",
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
        return (doctor.user.email or "–") if is_open else masked_email(doctor.user.email)
