"""The questions of a cancellation: who cancels, why, and what both are told."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from shs.appointment import services
from shs.appointment.models import GIVEN, Appointment, CancelCode, CancelledBy
from shs.core.admin.steps import StepForm
from shs.core.grants.table import holds
from shs.users.models import User

SIDES = [side for side in CancelledBy if side != CancelledBy.NOBODY]


class CauseForm(StepForm):
    """By whom and why visits are cancelled. Doctors are not asked by whom; a text is needed only with another reason
    than those of the list."""

    by_whom = forms.ChoiceField(
        label=_("Cancelled by"),
        choices=[("", _("Choose")), *((side.value, side.label) for side in SIDES)],
        widget=UnfoldAdminSelectWidget,
    )
    code = forms.ChoiceField(
        label=_("Reason"),
        choices=[("", _("Choose a reason")), *((code.value, code.label) for code in GIVEN)],
        widget=UnfoldAdminSelectWidget,
    )
    reason = forms.CharField(
        label=_("Message to the patient and the doctor"),
        max_length=500,
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        strip=True,
    )

    def prepare(self) -> None:
        if self.user is not None and holds(self.user, "appointment.attend_appointment"):
            del self.fields["by_whom"]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("code") == CancelCode.OTHER and not data.get("reason"):
            self.add_error("reason", _("Enter a reason."))
        return data


def cause_of(visit: Appointment, by: User, data: dict[str, Any], now: datetime) -> services.Cause:
    """The cause that was filled in."""
    side = data.get("by_whom", "")
    return services.cause(visit, by, now, by_whom=side, code=data["code"], reason=data["reason"])
