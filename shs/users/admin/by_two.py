"""What the screens of requests that a second person decides have in common: tabs, state, and the dialogs."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from shs.core.admin.screen import Screen
from shs.core.admin.steps import ReasonForm, Step, StepData, step
from shs.core.admin.tabs import Tab
from shs.core.caller import Member
from shs.core.labels import Label
from shs.users.models import User
from shs.users.models.role_request import RequestStatus
from shs.users.requests import UserRequest


def waiting(user: Member) -> Q:
    """Requests that nobody has decided."""
    return Q(status=RequestStatus.WAITING)


class ByTwoScreen(Screen):
    """A screen of requests. `dialogs` says how the dialogs of its steps differ from those here: name of the step →
    fields of Step. The methods that end in `_request` call the rules of the model."""

    dialogs: Mapping[str, Mapping[str, Any]] = {}

    icon = "rule"
    stays_small = "made by hand"
    ordering = ["-pk"]
    tabs = [Tab("waiting", _("Waiting"), waiting), Tab("all", _("All"), lambda user: ~Q(pk__in=()))]

    @classmethod
    def steps(cls) -> dict[str, Step]:
        return {name: replace(one, **cls.dialogs.get(name, {})) for name, one in super().steps().items()}

    @display(
        description=_("State"),
        ordering="status",
        label={
            str(RequestStatus.WAITING.label): "warning",
            str(RequestStatus.CONFIRMED.label): "success",
            str(RequestStatus.DECLINED.label): "danger",
        },
    )
    def status_label(self, row: Any) -> Label:
        return str(row.get_status_display())

    def confirm_request(self, row: Any, by: User, now: datetime) -> None:
        raise NotImplementedError

    def decline_request(self, row: Any, by: User, reason: str, now: datetime) -> None:
        row.decline(by=by, reason=reason, now=now)

    def withdraw_request(self, row: Any, by: User, now: datetime) -> None:
        row.withdraw(by=by, now=now)

    @step(
        "decide",
        _("Confirm…"),
        to=RequestStatus.CONFIRMED,
        primary=True,
        done=_("Confirmed and carried out."),
        keep_label=_("Keep request"),
    )
    def confirm(self, request: UserRequest, row: Any, data: StepData) -> None:
        self.confirm_request(row, request.user, timezone.now())

    @step(
        "decline",
        _("Decline…"),
        to=RequestStatus.DECLINED,
        form=ReasonForm,
        danger=True,
        done=_("Declined."),
        keep_label=_("Keep request"),
    )
    def decline(self, request: UserRequest, row: Any, data: StepData) -> None:
        self.decline_request(row, request.user, data["reason"], timezone.now())

    @step(
        "withdraw",
        _("Withdraw"),
        to=RequestStatus.WITHDRAWN,
        text=_("Your request is withdrawn."),
        done=_("Withdrawn."),
        keep_label=_("Keep request"),
    )
    def withdraw(self, request: UserRequest, row: Any, data: StepData) -> None:
        self.withdraw_request(row, request.user, timezone.now())


class OrAloneScreen(ByTwoScreen):
    """Where who asked may confirm if there is nobody else."""

    def confirm_alone_request(self, row: Any, by: User, now: datetime) -> None:
        raise NotImplementedError

    @step(
        "confirm_alone",
        _("Confirm without a second admin…"),
        to=RequestStatus.CONFIRMED,
        danger=True,
        in_list=False,
        text=_("There is no other admin. The auditors are told that you decided alone."),
        done=_("Confirmed and carried out."),
        keep_label=_("Keep request"),
        when=lambda row: row.can_be_confirmed_alone(timezone.now()),
    )
    def confirm_alone(self, request: UserRequest, row: Any, data: StepData) -> None:
        self.confirm_alone_request(row, request.user, timezone.now())
