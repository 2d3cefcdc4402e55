"""Screens of rows of which some fields are changed by two."""

from django.contrib import messages
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shs.core.admin.forms import ModelForm
from shs.core.admin.resources import ImportResult, Imports
from shs.predict import changes
from shs.predict.models import Guarded
from shs.users.requests import UserRequest

WAITS = _("Changes that affect answers wait for a second clinician: see “Changes for two clinicians”.")


class ByTwo(Imports):
    """Mixin for screens: what is typed or imported waits for a second clinician, as far as two decide it."""

    def save_model(self, request: UserRequest, obj: Guarded, form: ModelForm, change: bool) -> None:
        if changes.store(obj, by=request.user, now=timezone.now()):
            messages.warning(request, WAITS)

    def process_result(self, result: ImportResult, request: UserRequest) -> HttpResponse:
        if result.waits:
            messages.warning(request, WAITS)
        return super().process_result(result, request)
