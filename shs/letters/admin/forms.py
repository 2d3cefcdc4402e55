"""The short forms by which a doctor writes a letter: filled from what is known, each part can be left out."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from shs.core.admin.forms import DayField
from shs.core.labels import Label
from shs.core.records.values import validate_name
from shs.letters.models import Kind, Unfit, Urgency, Written
from shs.letters.models.content import LONGEST
from shs.letters.models.content import PARTS as TITLES
from shs.letters.prefill import Known
from shs.letters.services import BACKDATED_DAYS, MOST_DAYS

WITH = "with_"
"""Before the name of a part: whether it is on the paper."""


def _line(label: Label, most: int, **attrs: str) -> forms.CharField:
    widget = UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", **attrs})
    return forms.CharField(label=label, max_length=most, required=False, widget=widget, validators=[validate_name])


def _tick(label: Label) -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False, widget=UnfoldBooleanWidget)


class LetterForm(forms.Form):
    """The form of a kind of letter. `PARTS` are its texts; those of `QUIET` are left out unless they are ticked."""

    PARTS: ClassVar[tuple[str, ...]] = ()
    QUIET: ClassVar[tuple[str, ...]] = ()

    def __init__(self, data: Mapping[str, object] | None, *, known: Known, today: date):
        self.known, self.today = known, today
        super().__init__(data)
        for key in self.PARTS:
            rows = min(max(known.texts.get(key, "").count("\n") + 1, 2), 6)
            self.fields[WITH + key] = _tick(TITLES[key])
            self.fields[key] = forms.CharField(
                label=TITLES[key],
                max_length=LONGEST,
                required=False,
                widget=UnfoldAdminTextareaWidget(attrs={"rows": rows, "aria-label": TITLES[key]}),
            )
            self.initial.update({key: known.texts.get(key, ""), WITH + key: key not in self.QUIET})

    def lead(self) -> list[forms.BoundField]:
        """The fields before the texts."""
        inner = {name for key in self.PARTS for name in (key, WITH + key)}
        return [field for field in self if field.name not in inner]

    def texts(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """Each text with its tick."""
        return [(self[WITH + key], self[key]) for key in self.PARTS]

    def written(self) -> Written:
        """What is sealed; the form is valid."""
        data = self.cleaned_data
        return {"parts": [{"key": key, "text": data[key]} for key in self.PARTS if data[WITH + key]]}


class ReferralForm(LetterForm):
    """To whom, how soon, and why; then what is known."""

    PARTS = ("complaint", "findings", "signs", "assessment", "problems", "allergies", "medicines")

    specialty = _line(_("Specialty"), 100, autofocus="autofocus")
    name = _line(_("Doctor"), 150, list="letter-doctors")
    place = _line(_("Hospital or clinic"), 150)
    urgency = forms.ChoiceField(
        label=_("Urgency"), choices=Urgency.choices, initial=Urgency.ROUTINE, widget=UnfoldAdminSelectWidget
    )
    reason = forms.CharField(
        label=TITLES["reason"],
        max_length=LONGEST,
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("What you ask the colleague to do."),
    )

    def written(self) -> Written:
        data, found = self.cleaned_data, super().written()
        found["parts"].insert(0, {"key": "reason", "text": data["reason"]})
        found["to"] = {name: data[name] for name in ("name", "specialty", "place", "urgency")}  # type: ignore[typeddict-item]
        return found


class SickNoteForm(LetterForm):
    """From when, for how many days or until when, and for what the patient is unfit."""

    PARTS = ("diagnosis", "remark")
    QUIET = ("diagnosis",)

    first = DayField(label=_("From"), widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}))
    days = forms.IntegerField(
        label=_("Days"),
        required=False,
        min_value=1,
        max_value=MOST_DAYS,
        widget=UnfoldAdminTextInputWidget(attrs={"autofocus": "autofocus", "inputmode": "numeric"}),
    )
    last = DayField(
        label=_("To and including"),
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text=_("Instead of days."),
    )
    unfit_for = forms.ChoiceField(
        label=_("Unfit for"), choices=Unfit.choices, initial=Unfit.WORK, widget=UnfoldAdminSelectWidget
    )
    fit_for = _line(_("Can still do"), 200)

    def __init__(self, data: Mapping[str, object] | None, *, known: Known, today: date):
        super().__init__(data, known=known, today=today)
        self.initial["first"] = f"{today:%d/%m/%Y}"
        words = _("At most %(days)s days before the visit, which the paper then says.")
        self.fields["first"].help_text = words % {"days": BACKDATED_DAYS}
        self.fields[WITH + "diagnosis"].label = _("Print the diagnosis")
        self.fields[WITH + "diagnosis"].help_text = _("Only if the patient wants it: employers and schools read it.")

    def clean(self) -> dict[str, object]:
        super().clean()
        data = self.cleaned_data
        first, days, last = data.get("first"), data.get("days"), data.get("last")
        if not first or {"days", "last"} & self.errors.keys():
            return data
        if days is None and last is None:
            self.add_error("days", _("Enter for how many days, or the last day."))
        elif days is not None:
            until = first + timedelta(days=days - 1)
            if last is not None and last != until:
                self.add_error("last", _("That is not the last of these days. Enter one of the two."))
            data["last"] = until
        return data

    def written(self) -> Written:
        data, found = self.cleaned_data, super().written()
        found["absence"] = {
            "first": data["first"].isoformat(),
            "last": data["last"].isoformat(),
            "seen_on": self.today.isoformat(),
            "unfit_for": data["unfit_for"],
            "fit_for": data["fit_for"],
        }
        return found


class SummaryForm(LetterForm):
    """What the patient takes home: medicines and the next visit as they were prescribed."""

    PARTS = ("complaint", "findings", "signs", "assessment", "tests", "advice")

    with_lines = _tick(_("Medicines with instructions"))
    with_follow_up = _tick(_("Follow-up"))

    def __init__(self, data: Mapping[str, object] | None, *, known: Known, today: date):
        super().__init__(data, known=known, today=today)
        for name, has in (("with_lines", known.lines), ("with_follow_up", known.follow_up)):
            self.initial[name] = True
            if not has:
                del self.fields[name]

    def written(self) -> Written:
        data, found = self.cleaned_data, super().written()
        found["lines"] = self.known.lines if data.get("with_lines") else []
        if data.get("with_follow_up"):
            found["follow_up"] = self.known.follow_up
        return found


FORMS: dict[str, type[LetterForm]] = {
    Kind.REFERRAL: ReferralForm,
    Kind.SICK_NOTE: SickNoteForm,
    Kind.SUMMARY: SummaryForm,
}
