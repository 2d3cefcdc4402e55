"""The dialog of one visit with all that can be done to it now, which the calendar opens."""

from collections.abc import Callable
from urllib.parse import urlencode

from django.contrib import admin
from django.http import HttpResponse
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from shs.appointment.models import Appointment
from shs.core.admin.leads import lead_of
from shs.core.admin.pages import Page
from shs.core.admin.screen import Screen
from shs.core.admin.steps import StepForm, offered_on
from shs.core.caller import Member
from shs.users.requests import UserRequest

VISIT_LINKS: list[Callable[[Member, Appointment], tuple[str, str] | None]] = []
"""Functions of (user, visit) by which later apps add a link to the page and the dialog of a visit: address and words;
none where there is nothing. They make no query for each visit."""


def links_of(user: Member | None, visit: Appointment) -> list[tuple[str, str]]:
    """What is printed for the patient: the slip, and what later apps add."""
    slip = (reverse("admin:appointment_appointment_slip", args=(visit.pk,)), _("Print slip"))
    return [slip, *(papers_of(user, visit) if user else [])]


def papers_of(user: Member, visit: Appointment) -> list[tuple[str, str]]:
    """What later apps add."""
    return [found for link in VISIT_LINKS if (found := link(user, visit))]


class VisitDialog(Screen):
    """Mixin: a page of a visit with its steps. Those that ask nothing are buttons, the others open their dialogs."""

    pages = [Page("<path:object_id>/steps/", "steps_page", "steps", needs="view")]

    def steps_page(self, request: UserRequest, visit: Appointment) -> HttpResponse:
        """The dialog, also as a page of its own."""
        self.offer_steps(request, [visit])
        steps = offered_on(visit)
        back = self._after_step(request, visit)
        then = urlencode({"next": back})
        context = {
            "visit": visit,
            "subject": [(label, value) for label, value in self.describe(visit) if value != visit.patient.name],
            "at_once": [(s, f"{self.step_url(visit, s)}?{then}") for s in steps if s.form is StepForm],
            "asking": [(s, f"{self.step_url(visit, s)}?{then}") for s in steps if s.form is not StepForm],
            "page_url": lead_of(request.user, visit),
            "prints": links_of(request.user, visit),
            "back": back,
            "opts": self.opts,
            "title": str(visit.patient),
        }
        if request.headers.get("X-Dialog") == "1":
            return render(request, "admin/appointment/visit_steps_form.html", context)
        return TemplateResponse(
            request, "admin/appointment/visit_steps.html", {**admin.site.each_context(request), **context}
        )
