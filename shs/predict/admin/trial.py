"""A page where clinicians can test the symptom checker. Nothing is stored, and no external service is called."""

from typing import cast

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from shs.core.admin.site import BackOffice
from shs.predict import services
from shs.predict.predictor import knowledge
from shs.predict.urgency import red_flags, warn
from shs.users.requests import UserRequest


class TrialForm(forms.Form):
    """Symptoms in a patient's words."""

    symptoms = forms.CharField(
        label=_("Symptoms, one per line, in the patient's words"),
        max_length=2000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 5}),
    )

    def clean_symptoms(self) -> list[str]:
        lines = [line.strip() for line in self.cleaned_data["symptoms"].splitlines() if line.strip()]
        if len(lines) > 30:
            raise forms.ValidationError(_("Enter at most 30 lines."))
        return lines


def trial(request: UserRequest) -> HttpResponse:
    """The recognised symptoms and the ranking of conditions; POST, so that no URL contains a symptom."""
    form = TrialForm(request.POST or None)
    context = {**admin.site.each_context(request), "title": _("Test the symptom checker"), "form": form}
    if form.is_valid():
        symptoms = form.cleaned_data["symptoms"]
        context |= {
            "guess": knowledge().guess(symptoms),
            "flags": warn(red_flags(symptoms), services.likely_emergency(symptoms), symptoms),
            "emergency_number": settings.EMERGENCY_NUMBER,
            "uses_service": bool(settings.ML_SERVICE_URL),
        }
    return TemplateResponse(request, "admin/predict/trial.html", context)


office = cast(BackOffice, admin.site)
office.add_page("symptom-checker/", trial, name="symptom_checker", needs="predict.view_condition")
