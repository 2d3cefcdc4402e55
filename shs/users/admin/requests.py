"""Requests that another admin decides: to make an admin, and to change how somebody else logs in."""

from datetime import datetime

from django.contrib import admin
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from shs.core.admin.masks import masked_email
from shs.core.admin.screen import Screen
from shs.core.admin.steps import ReasonForm, StepData, step
from shs.core.admin.tabs import Tab
from shs.core.caller import Member
from shs.users import two_admins
from shs.users.models import RoleRequest
from shs.users.requests import UserRequest


def waiting(user: Member) -> Q:
    """Open requests."""
    return Q(status=RoleRequest.Status.WAITING)


@admin.register(RoleRequest)
class RoleRequestScreen(Screen):
    """Requests that take two admins. They are not added here but on the person's page."""

    icon = "how_to_reg"
    stays_small = "made by hand"
    empty_text = _(
        "Requests to make somebody an admin, or to change how somebody logs in, wait here for a second admin."
    )
    list_display = ["user", "kind", "asked_by", "asked", "status_label", "next_steps"]
    list_filter = [("status", ChoicesDropdownFilter), ("kind", ChoicesDropdownFilter)]
    list_select_related = ["user", "asked_by", "decided_by"]
    search_fields = ["user__name", "asked_by__name"]
    search_help_text = _("Person or requester")
    ordering = ["-pk"]
    tabs = [
        Tab("waiting", _("Waiting"), waiting),
        Tab("all", _("All"), lambda user: ~waiting(user) | waiting(user)),
    ]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("user", "status"),
                    ("kind", "new_address"),
                    "reason",
                    ("asked_by", "created_at"),
                    ("decided_by", "decided_at"),
                    "is_alone",
                ]
            },
        )
    ]
    readonly_fields = ["created_at", "new_address"]
    described_by = ("user", "kind", "asked_by", "created_at")

    @display(description=_("Requested on"), ordering="created_at")
    def asked(self, request: RoleRequest) -> datetime:
        return request.created_at

    @display(
        description=_("State"),
        ordering="status",
        label={
            str(RoleRequest.Status.WAITING.label): "warning",
            str(RoleRequest.Status.CONFIRMED.label): "success",
            str(RoleRequest.Status.DECLINED.label): "danger",
        },
    )
    def status_label(self, request: RoleRequest) -> str:
        return request.get_status_display()

    @display(description=_("New address"))
    def new_address(self, request: RoleRequest) -> str:
        return masked_email(request.email) if request.email else "–"

    @step(
        "decide",
        _("Confirm…"),
        to=RoleRequest.Status.CONFIRMED,
        primary=True,
        text=_(
            "Ask this person themselves, by phone or face to face, whether they want this. A new admin sees everything "
            "and can change accounts; a new address, or a reset, lets its owner log in as this person."
        ),
        done=_("Confirmed and carried out."),
    )
    def confirm(self, request: UserRequest, asked: RoleRequest, data: StepData) -> None:
        two_admins.confirm(request=asked, by=request.user, now=timezone.now())

    @step(
        "confirm_alone",
        _("Confirm without a second admin…"),
        to=RoleRequest.Status.CONFIRMED,
        danger=True,
        in_list=False,
        text=_("There is no other admin. The person, and those who audit, are told that you decided alone."),
        done=_("Confirmed and carried out."),
        keep_label=_("Keep request"),
        when=lambda asked: asked.can_be_confirmed_alone(timezone.now()),
    )
    def confirm_alone(self, request: UserRequest, asked: RoleRequest, data: StepData) -> None:
        two_admins.confirm_alone(request=asked, by=request.user, now=timezone.now())

    @step(
        "decline",
        _("Decline…"),
        to=RoleRequest.Status.DECLINED,
        form=ReasonForm,
        danger=True,
        text=_("Nothing changes for this person."),
        done=_("Declined."),
        keep_label=_("Keep request"),
    )
    def decline(self, request: UserRequest, asked: RoleRequest, data: StepData) -> None:
        asked.decline(by=request.user, reason=data["reason"], now=timezone.now())

    @step(
        "withdraw",
        _("Withdraw"),
        to=RoleRequest.Status.WITHDRAWN,
        text=_("Your request is withdrawn."),
        done=_("Withdrawn."),
        keep_label=_("Keep request"),
    )
    def withdraw(self, request: UserRequest, asked: RoleRequest, data: StepData) -> None:
        asked.withdraw(by=request.user, now=timezone.now())
