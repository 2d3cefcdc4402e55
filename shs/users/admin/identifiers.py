"""The screen for identity numbers: masked, and revealed with a reason."""

from django.contrib import admin
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from shs.core.admin.cells import link_to
from shs.core.admin.links import may_open
from shs.core.admin.pages import Page
from shs.core.admin.screen import Screen
from shs.core.admin.steps import ReasonForm, StepData, step
from shs.core.errors import Refused
from shs.core.labels import Label
from shs.users import identity
from shs.users.models import PersonIdentifier, User
from shs.users.requests import UserRequest


@admin.register(PersonIdentifier)
class PersonIdentifierScreen(Screen):
    """Identity numbers: added on the page of the person's contact details."""

    icon = "fingerprint"
    empty_text = _("Identity numbers that are recorded on the pages of contact details are listed here.")
    list_display = ["who", "system", "masked_number", "state", "created_at"]
    list_filter = [("system", ChoicesDropdownFilter)]
    list_select_related = ["person"]
    search_fields = ["person__name"]
    ordering = ["-pk"]
    fieldsets = [
        (None, {"fields": [("person", "system"), ("masked_number", "reveal_link"), ("created_at", "ended_at")]})
    ]
    readonly_fields = ["masked_number", "reveal_link", "created_at"]
    pages = [Page("<path:object_id>/reveal/", "reveal_view", "reveal", needs="reveal")]
    described_by = ("person",)

    def person_of(self, row: PersonIdentifier) -> User:
        return row.person

    def reveal_view(self, request: UserRequest, row: PersonIdentifier) -> HttpResponse:
        """Ask why, and show the number."""
        form, number = ReasonForm(request.POST or None, record=row, user=request.user), ""
        if request.method == "POST" and form.is_valid():
            try:
                number = identity.reveal(row=row, by=request.user, reason=form.cleaned_data["reason"])
            except Refused as refusal:
                form.add_error(None, str(refusal.detail))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Reveal an identity number"),
            "form": form,
            "row": row,
            "number": number,
            "opts": self.opts,
            "back": self.url_of(row),
        }
        return TemplateResponse(request, "admin/users/reveal.html", context)

    @display(description=_("Person"), ordering="person__name")
    def who(self, row: PersonIdentifier) -> str:
        return row.person.name

    @display(description=_("Number"))
    def masked_number(self, row: PersonIdentifier) -> str:
        return row.masked

    @display(
        description=_("State"), label={str(_("In use")): "success", str(_("Withdrawn")): "default"}, ordering="ended_at"
    )
    def state(self, row: PersonIdentifier) -> Label:
        return _("Withdrawn") if row.ended_at else _("In use")

    @display(description=_("In full"))
    def reveal_link(self, row: PersonIdentifier) -> str:
        if not may_open(row, "reveal"):
            return "–"
        return link_to(reverse("admin:users_personidentifier_reveal", args=(row.pk,)), _("Reveal…"))

    @step(
        "withdraw",
        _("Withdraw…"),
        form=ReasonForm,
        danger=True,
        text=_("The number no longer counts as this person's, and can be recorded for somebody else."),
        done=_("Withdrawn."),
        in_list=False,
        when=lambda row: row.ended_at is None,
    )
    def withdraw(self, request: UserRequest, row: PersonIdentifier, data: StepData) -> None:
        row.withdraw(now=timezone.now(), reason=data["reason"])
