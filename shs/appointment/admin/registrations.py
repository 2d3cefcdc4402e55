"""The list of those whom desks have registered, with unknown patients first."""

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from shs.appointment import services
from shs.appointment.models import Registration
from shs.core.admin.cells import link_to
from shs.core.admin.ranges import TimeRange
from shs.core.admin.screen import Screen
from shs.core.admin.steps import StepData, StepForm, step
from shs.core.admin.tabs import Tab
from shs.core.records.values import validate_person_name
from shs.users.admin.merging import merge_url
from shs.users.models import UserProfile
from shs.users.requests import UserRequest


class RecogniseForm(StepForm):
    """Who an unknown patient is."""

    name = forms.CharField(
        label=_("Name"), max_length=150, validators=[validate_person_name], widget=UnfoldAdminTextInputWidget
    )
    phone = forms.CharField(label=_("Phone"), max_length=100, required=False, widget=UnfoldAdminTextInputWidget)
    no_phone = forms.CharField(
        label=_("Why no phone"), max_length=200, required=False, widget=UnfoldAdminTextInputWidget
    )
    birth = forms.CharField(label=_("Age or date of birth"), max_length=40, widget=UnfoldAdminTextInputWidget)
    gender = forms.ChoiceField(label=_("Sex"), choices=UserProfile.Gender.choices, widget=UnfoldAdminSelectWidget)

    def prepare(self) -> None:
        profiles = UserProfile.objects.unrestricted("of the person of the row")
        if profile := profiles.filter(user=self.record.person_id).first():
            self.fields["birth"].initial, self.fields["gender"].initial = profile.shown_birth, profile.gender


@admin.register(Registration)
class RegistrationScreen(Screen):
    """Who was registered at a desk; unknown patients wait until somebody recognises them."""

    icon = "person"
    empty_text = _("Patients whose identity is unknown are listed here until they are identified.")
    list_display = ["at", "person", "told", "circumstances", "clinic", "by", "next_steps"]
    list_filter = [("at", TimeRange)]
    list_select_related = ["person", "person__profile", "clinic", "by"]
    search_fields = ["person__name"]
    search_help_text = _("Patient")
    ordering = ["-at", "-pk"]
    tabs = [
        Tab("unknown", _("Unknown"), lambda user: Q(is_unknown=True)),
        Tab("all", _("All"), lambda user: ~Q(pk__in=())),
    ]
    fieldsets = [
        (None, {"fields": [("person_link", "told"), ("clinic", "at"), ("by", "no_phone")]}),
        (_("Unknown patient"), {"fields": [("is_unknown", "circumstances"), "merge_link"]}),
    ]
    readonly_fields = ["person_link", "told", "merge_link"]
    described_by = ("person", "at", "circumstances")

    @display(description=_("Age, sex, number"))
    def told(self, row: Registration) -> str:
        profile: UserProfile | None = getattr(row.person, "profile", None)
        parts = [row.person.patient_number]
        if profile:
            parts = [profile.shown_age(timezone.localdate()), str(profile.get_gender_display()), *parts]
        return " · ".join(filter(None, parts))

    @display(description=_("Person"))
    def person_link(self, row: Registration) -> str:
        return link_to(reverse("admin:users_user_change", args=(row.person_id,)), row.person.name)

    @display(description=_("Registered already"))
    def merge_link(self, row: Registration) -> str:
        """To whom somebody unknown turns out to be."""
        return link_to(merge_url(row.person), _("Merge with another number…")) if row.is_unknown else "–"

    @step(
        "recognise",
        _("Identify patient…"),
        form=RecogniseForm,
        text=_("For a patient who was not registered before. If they were, merge the two numbers instead."),
        done=_("Saved."),
        when=lambda row: row.is_unknown,
    )
    def recognise(self, request: UserRequest, row: Registration, data: StepData) -> None:
        services.recognise(registration=row, newcomer=services.Newcomer(**data), now=timezone.now())
