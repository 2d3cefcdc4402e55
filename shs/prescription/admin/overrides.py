"""The page that tells the clinic which warnings are overridden, by rule."""

from typing import cast

from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shs.core.admin.pages import Page
from shs.core.admin.screen import Screen
from shs.medical_record.services import OfPatient, note_rows
from shs.prescription.services.overrides import LATEST, overrides
from shs.users.requests import UserRequest


class OverridePage(Screen):
    """Mixin for the screen of medicines."""

    pages = [Page("overrides/", "overrides_view", "overrides", needs="review")]

    def overrides_view(self, request: UserRequest) -> HttpResponse:
        """How often each rule warned and was overridden, with the reasons. Reading these is logged."""
        found = overrides()
        note_rows(
            request.user, cast("list[OfPatient]", found.read), "reasons for overriding warnings", now=timezone.now()
        )
        context = {
            **self.admin_site.each_context(request),
            "title": _("Overridden warnings"),
            "content_title": _("Overridden warnings"),
            "rules": found.rules,
            "most": LATEST,
        }
        return TemplateResponse(request, "admin/overrides.html", context)
