"""Forms for results: handing in, values as they are on the paper, and the review."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
)

from shs.core.admin.steps import StepForm
from shs.core.labels import Label
from shs.results.analytes import LABORATORY, Typed, choices
from shs.results.models import Kind, Result, ResultValue

ROWS = 5
"""A lipid profile with a glucose; more are entered in a second step."""
PARTS = ("what", "value", "low", "high")
NAMES = {"what": _("Measured"), "value": _("Value"), "low": _("Range from"), "high": _("Range to")}
VALUE_ROWS = [tuple(f"{part}_{row}" for part in PARTS) for row in range(1, ROWS + 1)]


def value_fields() -> dict[str, forms.Field]:
    """For each row what was measured in which unit, the number, and the printed range."""
    found: dict[str, forms.Field] = {}
    for row in range(1, ROWS + 1):
        for part in PARTS:
            label = format_lazy("{} {}", NAMES[part], row)
            found[f"{part}_{row}"] = _what(label) if part == "what" else _number(label)
    return found


def _what(label: Label) -> forms.Field:
    return forms.ChoiceField(
        label=label, required=False, choices=lambda: [("", "–"), *choices()], widget=UnfoldAdminSelectWidget
    )


def _number(label: Label) -> forms.Field:
    return forms.DecimalField(
        label=label,
        required=False,
        min_value=Decimal(0),
        max_digits=12,
        decimal_places=4,
        widget=UnfoldAdminDecimalFieldWidget,
    )


def typed_of(form: forms.BaseForm) -> list[Typed]:
    """The values of a form's rows. A row with only one of its parts is an error of that field."""
    data: Mapping[str, Any] = form.cleaned_data
    found = []
    for what, value, low, high in VALUE_ROWS:
        if data.get(what) and data.get(value) is not None:
            code, _bar, unit = data[what].partition("|")
            found.append(Typed(code, data[value], unit, data.get(low), data.get(high)))
        elif data.get(what) and value not in form.errors:
            form.add_error(value, _("Enter the number."))
        elif not data.get(what) and any(data.get(part) is not None for part in (value, low, high)):
            form.add_error(what, _("Choose what was measured."))
    return found


class ValuesForm(forms.Form):
    """Rows for values."""


ValuesForm.declared_fields.update(value_fields())
ValuesForm.base_fields.update(value_fields())


class SendForm(ValuesForm, forms.ModelForm):  # type: ignore[type-arg]  # takes none at runtime
    """A result that is handed in in the office; `typed` are its values."""

    typed: list[Typed] = []

    class Meta:
        model = Result
        fields = ["patient", "kind", "title", "taken_on", "laboratory", "note", "file", "is_confidential"]

    def clean(self) -> dict[str, object]:
        super().clean()
        self.typed = typed_of(self)
        return self.cleaned_data


class EnterForm(StepForm):
    """Values to add or to correct."""

    def prepare(self) -> None:
        """The rows hold what was entered before."""
        known = list(self.record.values.all()[:ROWS])
        for names, row in zip(VALUE_ROWS, known, strict=False):
            kept = (f"{row.code}|{row.unit}", row.typed.normalize(), *_printed(row))
            self.initial.update(zip(names, kept, strict=True))

    def clean(self) -> dict[str, object]:
        super().clean()
        self.cleaned_data["values"] = typed_of(self)
        return self.cleaned_data


EnterForm.declared_fields.update(value_fields())
EnterForm.base_fields.update(value_fields())


def _printed(row: ResultValue) -> tuple[Decimal | None, Decimal | None]:
    """The range, if the laboratory printed it: a default follows from the value."""
    if row.range_source != LABORATORY:
        return None, None
    return row.low and row.low.normalize(), row.high and row.high.normalize()


class ReviewForm(StepForm):
    """What the doctor tells the patient."""

    comment = forms.CharField(
        label=_("For the patient"),
        max_length=1000,
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("Shown in the app with the result."),
    )

    def prepare(self) -> None:
        self.initial["comment"] = self.record.comment


class MedicinesForm(StepForm):
    """The medicines on a prescription on paper, one a line."""

    medicines = forms.CharField(
        label=_("Medicines"),
        max_length=3000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 6}),
        help_text=_("One a line, with strength and dose as they are written."),
    )

    def clean(self) -> dict[str, object]:
        super().clean()
        lines = [line.strip() for line in str(self.cleaned_data.get("medicines", "")).splitlines()]
        names = [line for line in lines if line]
        if any(len(name) > 150 for name in names):
            self.add_error("medicines", _("A line may have at most 150 characters."))
        self.cleaned_data["medicines"] = names
        return self.cleaned_data


def is_on_paper(result: Result) -> bool:
    """Whether it is a prescription on paper."""
    return result.kind == Kind.PRESCRIPTION
