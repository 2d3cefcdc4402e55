"""Fields of the waiting list: the preferred days and times."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminDateWidget, UnfoldAdminTimeWidget

from shs.appointment import services
from shs.core.admin.forms import DayField, validate_year
from shs.core.admin.steps import StepForm
from shs.doctors.models.hours import Weekday


def suits_fields() -> dict[str, forms.Field]:
    """The fields, for a dialog and for the page of a new wish."""
    return {
        "first_on": DayField(
            label=_("From day"), required=False, widget=UnfoldAdminDateWidget, validators=[validate_year]
        ),
        "last_on": DayField(
            label=_("To day"), required=False, widget=UnfoldAdminDateWidget, validators=[validate_year]
        ),
        "weekdays": forms.MultipleChoiceField(
            label=_("Weekdays (none: all)"),
            required=False,
            choices=[(str(day.value), day.label) for day in Weekday],
            widget=UnfoldAdminCheckboxSelectMultipleWidget,
        ),
        "from_time": forms.TimeField(label=_("From time"), required=False, widget=UnfoldAdminTimeWidget),
        "to_time": forms.TimeField(label=_("To time"), required=False, widget=UnfoldAdminTimeWidget),
    }


class SuitsForm(StepForm):
    """Which days and times suit; all may be left out."""

    def prepare(self) -> None:
        self.fields.update(suits_fields())
        self.fields["last_on"].initial = timezone.localdate(self.record.starts_at)


def suits_of(data: dict[str, Any]) -> services.Suits:
    """What was filled in."""
    return services.Suits(
        first_on=data.get("first_on"),
        last_on=data.get("last_on"),
        weekdays=[int(day) for day in data.get("weekdays") or ()],
        from_time=data.get("from_time"),
        to_time=data.get("to_time"),
    )
