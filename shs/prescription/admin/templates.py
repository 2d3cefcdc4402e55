"""Screens for what a doctor inserts into prescriptions: sets by diagnosis, and advice."""

from django.contrib import admin
from django.forms import ModelForm
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from shs.core.admin.inlines import TabularInline
from shs.core.admin.screen import Screen
from shs.doctors.models import DoctorInformation
from shs.prescription.models import AdviceTemplate, PrescriptionSet, SetLine
from shs.prescription.models.favourites import Template
from shs.users.requests import UserRequest


class TemplateScreen(Screen):
    """What belongs to whoever adds it, if they are a doctor, and can be shared with a clinic."""

    stays_small = "what doctors have kept"
    list_select_related = ["doctor", "clinic"]
    search_fields = ["title"]
    ordering = ["title", "pk"]

    def save_model(self, request: UserRequest, obj: Template, form: "ModelForm[Template]", change: bool) -> None:
        if not change:
            rows = DoctorInformation.objects.allowed(request.user, "practise")
            obj.doctor = rows.filter(user=request.user).first()
        super().save_model(request, obj, form, change)

    @display(description=_("Doctor"))
    def owner(self, row: Template) -> str:
        return row.doctor.name if row.doctor else "–"

    @display(description=_("Shared with"))
    def shared_with_clinic(self, row: Template) -> str:
        return row.clinic.name if row.clinic else "–"


class SetLines(TabularInline):
    """The medicines of a set."""

    model = SetLine
    fields = ["medication", "name", "directions", "instructions"]
    autocomplete_fields = ["medication"]
    hide_title = True


@admin.register(PrescriptionSet)
class PrescriptionSetScreen(TemplateScreen):
    """Sets by diagnosis: own ones, and those of the clinic."""

    icon = "folder"
    empty_text = _("No sets yet. Add what you usually prescribe for a diagnosis, and insert it with three letters.")
    list_display = ["title", "owner", "shared_with_clinic"]
    fieldsets = [(None, {"fields": [("title", "clinic"), "tests", "advice"]})]
    inlines = [SetLines]


@admin.register(AdviceTemplate)
class AdviceTemplateScreen(TemplateScreen):
    """Advice that is often given: one's own, and that of the clinic."""

    icon = "chat_bubble"
    empty_text = _("No advice yet. Add what you often tell patients, and insert it with a click.")
    list_display = ["title", "text", "owner", "shared_with_clinic"]
    fieldsets = [(None, {"fields": [("title", "clinic"), "text"]})]
