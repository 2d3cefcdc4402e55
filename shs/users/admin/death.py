"""The steps on a person's page that record a death, and undo that."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminTextInputWidget

from shs.core.admin.forms import DayField
from shs.core.admin.steps import ReasonForm, StepData, step
from shs.core.records.values import validate_past_day
from shs.users import services
from shs.users.models import User
from shs.users.requests import UserRequest


class DeathForm(ReasonForm):
    """When somebody died, who told of it, and what proves it."""

    died_on = DayField(label=_("Day of death"), widget=UnfoldAdminDateWidget, validators=[validate_past_day])
    told_by = forms.CharField(
        label=_("Who reported it"),
        max_length=150,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Such as: his wife, Rina Begum; or the hospital's letter of 12 Mar 2026."),
    )
    field_order = ["died_on", "told_by", "reason"]


class DeathSteps:
    """For the screen of people."""

    @step(
        "note_death",
        _("Record death…"),
        form=DeathForm,
        danger=True,
        text=_(
            "Upcoming visits are cancelled, no messages are sent, nothing can be booked, and all sessions end. The "
            "chart stays. This can be undone."
        ),
        done=_("Recorded. Nothing is sent to this person any more."),
        in_list=False,
        when=lambda user: not user.is_dead,
    )
    def note_death(self, request: UserRequest, user: User, data: StepData) -> None:
        services.note_death(
            user=user, day=data["died_on"], told_by=data["told_by"], reason=data["reason"], now=timezone.now()
        )

    @step(
        "note_death",
        _("Undo the record of death…"),
        form=ReasonForm,
        text=_("The person is alive. Visits that were cancelled stay cancelled."),
        done=_("Undone."),
        in_list=False,
        when=lambda user: user.is_dead,
    )
    def undo_death(self, request: UserRequest, user: User, data: StepData) -> None:
        services.undo_death(user=user, reason=data["reason"], now=timezone.now())
