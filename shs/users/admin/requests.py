"""Requests to make somebody an admin, which another admin decides."""

from datetime import datetime

from django.contrib import admin
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from shs.core.admin.screen import Screen
from shs.core.admin.steps import ReasonForm, StepData, step
from shs.core.admin.tabs import Tab
from shs.core.caller import Member
from shs.users import services
from shs.users.models import RoleRequest
from shs.users.requests import UserRequest


def waiting(user: Member) -> Q:
    """Open requests."""
    return Q(status=RoleRequest.Status.WAITING)


@admin.register(RoleRequest)
class RoleRequestScreen(Screen):
    """Requests to make somebody an admin. They are not added here but on the person's page."""

    icon = "how_to_reg"
    stays_small = "made by hand"
    empty_text = _("Requests to make somebody an admin are listed here; a second admin decides.")
    list_display = ["user", "asked_by", "asked", "status_label", "decided_by", "next_steps"]
    list_filter = [("status", ChoicesDropdownFilter)]
    list_select_related = ["user", "asked_by", "decided_by"]
    search_fields = ["user__name", "asked_by__name"]
    search_help_text = _("Person or requester")
    ordering = ["-pk"]
    tabs = [
        Tab("waiting", _("Waiting"), waiting),
        Tab("all", _("All"), lambda user: ~waiting(user) | waiting(user)),
    ]
    fieldsets = [
        (None, {"fields": [("user", "status"), "reason", ("asked_by", "created_at"), ("decided_by", "decided_at")]})
    ]
    readonly_fields = ["created_at"]
    described_by = ("user", "asked_by", "created_at")

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

    @step(
        "decide",
        _("Confirm…"),
        to=RoleRequest.Status.CONFIRMED,
        primary=True,
        text=_(
            "This person becomes an admin, sees everything and can change accounts. They are logged "
            "out and have to log in again."
        ),
        done=_("Confirmed. This person is now an admin."),
    )
    def confirm(self, request: UserRequest, asked: RoleRequest, data: StepData) -> None:
        services.confirm_admin(request=asked, by=request.user, now=timezone.now())

    @step(
        "decide",
        _("Decline…"),
        to=RoleRequest.Status.DECLINED,
        form=ReasonForm,
        danger=True,
        text=_("The person's role does not change."),
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
