"""Fields for vital signs, and for what is observed with them."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django import forms
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminSelectWidget, UnfoldBooleanSwitchWidget

from shs.medical_record.growth import improbable
from shs.medical_record.observed import CHOICES, LABELS, NAMES, Observed
from shs.medical_record.vital_signs import SIGNS
from shs.medical_record.whose import whose
from shs.users.models import User

SURE = "signs_are_sure"


def sign_fields() -> dict[str, forms.Field]:
    """A number field for each vital sign."""
    return {
        sign.name: forms.DecimalField(
            label=format_lazy("{} ({})", sign.label, sign.unit_label),
            required=False,
            min_value=Decimal(str(sign.possible[0])),
            max_value=Decimal(str(sign.possible[1])),
            max_digits=6,
            decimal_places=2,
            widget=UnfoldAdminDecimalFieldWidget,
        )
        for sign in SIGNS.values()
    }


def observed_fields() -> dict[str, forms.Field]:
    """A choice for each observation, and the answer to a value that is asked back."""
    yes_or_no = [("yes", _("Yes")), ("no", _("No"))]
    choices = {name: CHOICES[name].choices if name in CHOICES else yes_or_no for name in NAMES}
    fields: dict[str, forms.Field] = {
        name: forms.ChoiceField(
            label=LABELS[name],
            choices=[("", _("not noted")), *choices[name]],
            required=False,
            widget=UnfoldAdminSelectWidget,
        )
        for name in NAMES
    }
    fields[SURE] = forms.BooleanField(
        label=_("Measured again: the values are right"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text=_("Only needed if you are asked to check a value."),
    )
    return fields


def signs_of(data: Mapping[str, object]) -> dict[str, float]:
    """The vital signs of a form; whole numbers as integers."""
    given = {name: value for name in SIGNS if isinstance(value := data.get(name), Decimal)}
    return {name: int(value) if value == int(value) else float(value) for name, value in given.items()}


def observed_of(data: Mapping[str, object]) -> Observed:
    """What was observed, of a form."""
    found: Observed = {name: data[name] for name in NAMES if data.get(name)}
    if "pregnant" in found:
        found["pregnant"] = found["pregnant"] == "yes"
    return found


def shown_observed(observed: Mapping[str, object] | None) -> dict[str, object]:
    """What was observed, as the form shows it."""
    found = dict(observed or {})
    if "pregnant" in found:
        found["pregnant"] = "yes" if found["pregnant"] else "no"
    return found


def ask_back(form: forms.Form, patient: User | None, at: datetime | None = None) -> None:
    """Add an error to each improbable value, unless the form says that it was measured again."""
    if patient is None or form.cleaned_data.get(SURE):
        return
    signs = signs_of(form.cleaned_data)
    for name, why in improbable(signs, whose=whose(patient, at or timezone.now())).items():
        hint = _("Measure again. If it is right, tick “Measured again: the values are right”.")
        form.add_error(name, forms.ValidationError(format_lazy("{} {}", why, hint)))


class SignForm(forms.Form):
    """A field for each vital sign."""


class ObservedForm(SignForm):
    """The same, with what is observed."""


SignForm.declared_fields.update(sign_fields())
ObservedForm.declared_fields.update(sign_fields() | observed_fields())
