"""Screens for clinics and specializations."""

from collections.abc import Mapping, Sequence
from typing import cast

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.forms import ModelForm
from django.http import Http404
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminEmailInputWidget

from shs.core.admin.forms import Choose
from shs.core.admin.pages import Page
from shs.core.admin.removal import MergePages
from shs.core.admin.resources import Exports, Imports
from shs.core.admin.screen import Screen
from shs.core.admin.steps import StepData, StepForm, step
from shs.core.grants.held import give, holders, take
from shs.core.grants.models import ObjectGrant
from shs.core.labels import Label
from shs.core.records.files import JPEG, PNG, file_answer
from shs.core.records.merge import Relinked
from shs.doctors import services
from shs.doctors.models import Clinic, DoctorInformation, DoctorSpecialization, PlaceName
from shs.doctors.resources import SpecializationColumns
from shs.users.models import User
from shs.users.requests import UserRequest


class HireForm(StepForm):
    """The person to add to the desk."""

    email = forms.EmailField(label=_("E-mail address of the member of staff"), widget=UnfoldAdminEmailInputWidget)

    def clean_email(self) -> str:
        user = (
            User.objects.unrestricted("who types the whole address knows it")
            .by_email(self.cleaned_data["email"])
            .first()
        )
        if user is None or not user.runs_desks:
            raise forms.ValidationError(_("No active clinic desk member has this address."))
        self.cleaned_data["user"] = user
        return str(user.email)


class DismissForm(StepForm):
    """The person to remove from the desk."""

    user = Choose(User, "view", label=_("Member of staff"))

    def prepare(self) -> None:
        desk = holders(self.record, "run_desk").values("user")
        cast(Choose, self.fields["user"]).offer(cast(User, self.user), pk__in=desk)


def _refresh(done: Relinked) -> None:
    """Update the copies of names in the doctors that a merge has re-linked."""
    doctors = DoctorInformation.objects.unrestricted("what follows from the merge")
    services.refresh_all(doctors.filter(pk__in=done.keys.get(DoctorInformation, ())))


class ClinicForm(ModelForm):  # type: ignore[type-arg]  # unfold's screens have no type of their rows
    """A clinic, whose logo is chosen like a photo."""

    class Meta:
        widgets = {"logo": forms.FileInput(attrs={"accept": "image/jpeg,image/png"})}


class ClinicScreen(MergePages, Screen):
    """Clinics and their desk staff. `shs.appointment` extends this screen with the visits that are hit when a clinic
    closes, and registers it."""

    icon = "local_hospital"
    stays_small = "added by hand"
    empty_text = _("Add the clinics where your doctors see patients.")
    list_display = ["name", "city", "phone", "is_active", "next_steps"]
    list_filter = ["is_active"]
    search_fields = ["name", "city"]
    ordering = ["name"]
    prepopulated_fields = {"slug": ["name"]}
    fieldsets = [
        (None, {"fields": [("name", "slug"), "address", ("city", "phone"), ("is_active", "cancel_minutes"), "desk"]}),
        (_("Papers"), {"fields": [("logo", "shown_logo"), "letterhead", "paper"]}),
    ]
    readonly_fields = ["desk", "shown_logo"]
    pages = [Page("<path:object_id>/logo/", "logo_view", "logo", needs="view")]
    form = ClinicForm

    def get_prepopulated_fields(self, request: UserRequest, obj: Clinic | None = None) -> Mapping[str, Sequence[str]]:
        return {} if obj else self.prepopulated_fields

    def save_model(self, request: UserRequest, obj: Clinic, form: "ModelForm[Clinic]", change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and "name" in form.changed_data:
            services.refresh_all(
                DoctorInformation.objects.unrestricted("what follows from the change").filter(clinics=obj)
            )

    def also_found(self, text: str) -> Q | None:
        """Also by another name of the city."""
        names = PlaceName.objects.unrestricted("everybody may know them").places().also_called(text)
        return Q(city__in=names) if names else None

    def relinked(self, done: Relinked) -> None:
        _refresh(done)

    def logo_view(self, request: UserRequest, clinic: Clinic) -> HttpResponseBase:
        """The logo; 404 if there is none."""
        if not clinic.logo:
            raise Http404
        return file_answer(clinic.logo, PNG if str(clinic.logo.name).endswith(".png") else JPEG)

    @display(description=_("Present logo"))
    def shown_logo(self, clinic: Clinic) -> str:
        if not clinic.logo:
            return "–"
        url = reverse("admin:doctors_clinic_logo", args=(clinic.pk,))
        return format_html('<img class="shs-photo" src="{}" alt="{}">', url, _("Logo"))

    @display(description=_("Desk"))
    def desk(self, clinic: Clinic) -> Label:
        if clinic._state.adding:
            return _("Save the clinic first.")
        return ", ".join(row.user.name for row in holders(clinic, "run_desk")) or _("Nobody yet")

    @step("change", _("Add to desk…"), form=HireForm, done=_("This person can now work at this clinic's desk."))
    def hire(self, request: UserRequest, clinic: Clinic, data: StepData) -> None:
        give(data["user"], clinic, "run_desk", source=ObjectGrant.Source.DESK, reason="hired", by=request.user)

    @step(
        "change", _("Remove from desk…"), form=DismissForm, done=_("This person no longer has access to this clinic.")
    )
    def dismiss(self, request: UserRequest, clinic: Clinic, data: StepData) -> None:
        take(clinic, "run_desk", users=[data["user"]])


@admin.register(DoctorSpecialization)
class SpecializationScreen(Imports, Exports, MergePages, Screen):
    """The specialties in which doctors practise."""

    icon = "category"
    stays_small = "a catalogue"
    list_display = ["name", "slug", "description"]
    search_fields = ["name", "slug", "aliases__name"]
    ordering = ["name"]
    resource_classes = [SpecializationColumns]
    fieldsets = [(None, {"fields": [("name", "slug"), "description", "source"]})]

    def save_model(
        self, request: UserRequest, obj: DoctorSpecialization, form: "ModelForm[DoctorSpecialization]", change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        if change and {"name", "slug"} & set(form.changed_data):
            services.refresh_all(
                DoctorInformation.objects.unrestricted("what follows from the change").filter(specializations=obj)
            )

    def relinked(self, done: Relinked) -> None:
        _refresh(done)
