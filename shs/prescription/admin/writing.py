"""The forms with which a doctor writes: a medicine with its directions in words, and what follows the visit."""

import re
from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.forms.models import BaseInlineFormSet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from shs.appointment.admin.picker import read_slot
from shs.core.dates import show_date
from shs.prescription.models import Medication, PrescriptionLine, StoppedMedicine
from shs.prescription.models.directions import read_directions, read_duration, read_wait
from shs.prescription.models.dosing import LONGEST, MOST_DAYS, Meal

STOP = re.compile(r"^(?:stop|বন্ধ)(?![\w\u0980-\u09ff])[\s:.,–-]*", re.IGNORECASE)
"""How directions begin that stop a medicine; the reason follows."""
FREE = ("dosage", "frequency", "duration_days")
BLANK_ROWS = {"lines": 6, "tests": 3}
"""Empty rows to fill in without JavaScript; with it they are shown one by one."""


def stop_reason(text: str) -> str | None:
    """Why a medicine is stopped; None if `text` is no such direction. Raises ValidationError without a reason."""
    match = STOP.match(text)
    if match is None:
        return None
    if not (reason := text[match.end() :].strip()):
        raise ValidationError(_("Why is it stopped? Write “stop: ” and the reason."))
    if len(reason) > 200:
        raise ValidationError(_("The reason has at most 200 characters."))
    return reason


class DirectedForm(forms.ModelForm):  # type: ignore[type-arg]  # takes none at runtime
    """A medicine: its directions, which may say meal and duration, too; or dose, frequency and days as free text. A row
    that was taken over from an earlier prescription is `unconfirmed` until it is confirmed."""

    instance: PrescriptionLine
    stopped: str | None = None
    """Why the medicine is stopped; then the row becomes a StoppedMedicine."""

    directions = forms.CharField(
        label=_("Directions"), max_length=LONGEST, required=False, widget=UnfoldAdminTextInputWidget
    )
    meal = forms.ChoiceField(
        label=_("Meal"), required=False, choices=[("", "–"), *Meal.choices], widget=UnfoldAdminSelectWidget
    )
    lasting = forms.CharField(label=_("How long"), max_length=40, required=False, widget=UnfoldAdminTextInputWidget)
    unconfirmed = forms.BooleanField(required=False, widget=forms.HiddenInput)
    confirm = forms.BooleanField(label=_("Confirm"), required=False)

    @staticmethod
    def patterns_of(line: PrescriptionLine) -> dict[str, object]:
        """What stands in the fields of a medicine that was written as a pattern; {} for free text."""
        if not line.dose:
            return {}
        lasting = "" if "steps" in line.dose else _("continue") if line.is_continued else f"{line.duration_days}d"
        kept = {"directions": line.dose.get("words", ""), "dosage": "", "frequency": "", "duration_days": None}
        return {**kept, "lasting": str(lasting)}

    @classmethod
    def typed_of(cls, line: PrescriptionLine) -> dict[str, object]:
        """What somebody would type to get `line`."""
        columns = ("name", "dosage", "frequency", "duration_days", "instructions", "meal")
        kept = {name: getattr(line, name) for name in columns}
        unconfirmed = "" if line.is_confirmed else "on"
        chosen = {"medication": line.medication_id, "brand": line.brand_id, "unconfirmed": unconfirmed}
        return {**kept, **chosen, **cls.patterns_of(line)}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        line = self.instance
        self.initial.update(self.patterns_of(line))
        if line.pk and not line.is_confirmed:
            self.initial["unconfirmed"] = True
        for name in FREE:
            self.fields[name].required = False

    @property
    def is_blank(self) -> bool:
        """Whether nothing stands in the row."""
        return not any(self[name].value() for name in ("name", "medication", "directions", "dosage", "instructions"))

    @property
    def is_unconfirmed(self) -> bool:
        """Whether the row still has to be confirmed."""
        return bool(self["unconfirmed"].value()) and str(self["unconfirmed"].value()) not in ("False", "")

    def clean(self) -> dict[str, object]:
        super().clean()
        data = self.cleaned_data
        try:
            self.stopped = stop_reason(str(data.get("directions") or ""))
            if self.stopped is None:
                self._read(data)
        except ValidationError as error:
            self.add_error("directions", error)
        self.instance.is_confirmed = not data.get("unconfirmed") or bool(data.get("confirm"))
        return data

    def _read(self, data: dict[str, Any]) -> None:
        text = str(data.get("directions") or "")
        if not text:
            self.instance.dose, self.instance.is_continued = {}, False
            self._last(data)
            for name in FREE:
                if not data.get(name) and name not in self.errors:
                    self.add_error("directions", _("Write how it is taken, such as 1+0+1 after 7d."))
                    return
            return
        medicine = data.get("medication")
        form = medicine.form if isinstance(medicine, Medication) else self.instance.form
        given = read_directions(text, form=form)
        if not given.dose:
            raise ValidationError(_("How much, and how often? Write 1+0+1, “1 every 8 h” or “1 as needed for fever”."))
        if given.meal and data.get("meal") and given.meal != data["meal"]:
            raise ValidationError(_("It says two things about meals: before, with or after?"))
        self.instance.duration_days = None  # type: ignore[assignment]  # until it is read
        self.instance.is_continued = False
        self.instance.direct(given)
        self._last(data)
        if not data.get("duration_days"):
            data["duration_days"] = self.instance.duration_days
        if not data["duration_days"]:
            self.add_error("lasting", _("How long? Write 7d, 2 weeks or continue."))
        data |= {
            "dosage": self.instance.dosage,
            "frequency": self.instance.frequency,
            "meal": given.meal or data.get("meal", ""),
        }

    def _last(self, data: dict[str, Any]) -> None:
        """Take over the duration that was typed by itself."""
        if not data.get("lasting"):
            return
        try:
            days, is_continued = read_duration(data["lasting"])
        except ValidationError as error:
            self.add_error("lasting", error)
            data["duration_days"] = 1  # one sentence is enough
            return
        self.instance.last(days, is_continued=is_continued)
        data["duration_days"] = MOST_DAYS if is_continued else days

    def _post_clean(self) -> None:
        if self.stopped is None:
            super()._post_clean()


class LineFormSet(BaseInlineFormSet):  # type: ignore[type-arg]  # takes none at runtime
    """The medicines of a prescription; a row that stops one is stored as a StoppedMedicine."""

    def save_new(self, form: forms.ModelForm, commit: bool = True) -> Model:  # type: ignore[type-arg]
        assert isinstance(form, DirectedForm)
        if form.stopped is None:
            saved: Model = super().save_new(form, commit)
            return saved
        return self._stop(form)

    def save_existing(self, form: forms.ModelForm, obj: Model, commit: bool = True) -> Model:  # type: ignore[type-arg]
        """A row that now stops its medicine: its line is removed."""
        assert isinstance(form, DirectedForm)
        if form.stopped is None:
            saved: Model = super().save_existing(form, obj, commit)
            return saved
        obj.delete()
        return self._stop(form)

    def _stop(self, form: DirectedForm) -> StoppedMedicine:
        data = form.cleaned_data
        row = StoppedMedicine(
            prescription=self.instance, name=data["name"], medication=data.get("medication"), reason=form.stopped or ""
        )
        row.full_clean()
        row.save()
        return row


class FollowUpForm(forms.Form):
    """When the patient comes again: in how many days, and a slot that is booked as soon as the prescription is issued.
    `stops` are the medicines that the draft stops; those that are ticked in `undo_stops` are continued."""

    instance: Any
    come_in = forms.CharField(
        label=_("Come again in"), max_length=40, required=False, widget=UnfoldAdminTextInputWidget
    )
    slot = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)
    undo_stops = forms.MultipleChoiceField(label=_("Stopped"), required=False, widget=forms.CheckboxSelectMultiple)

    def offer_stops(self) -> None:
        """Offer what the draft stops; one query, none for a new draft, or once it is issued."""
        rows = self.instance.stopped.all() if self.instance.pk and self.instance.is_draft else ()
        field = self.fields["undo_stops"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(row.pk, f"{row.name}: {row.reason}") for row in rows]
        if not rows:
            del self.fields["undo_stops"]

    @property
    def slot_words(self) -> str:
        """The slot that was chosen, for people; empty if none was."""
        at = read_slot(str(self["slot"].value() or ""))
        return f"{show_date(at.date())}, {at:%H:%M}" if at else ""

    def clean_come_in(self) -> int | None:
        text = self.cleaned_data["come_in"]
        return read_wait(text) if text else None

    def follow_up(self) -> None:
        """Set the day of the follow-up from what was typed or chosen, and `slot_at` for the booking."""
        data = self.cleaned_data
        at = read_slot(str(data.get("slot") or ""))
        data["slot_at"] = at
        if at is not None:
            data["follow_up_date"] = at.date()
        elif data.get("come_in"):
            data["follow_up_date"] = timezone.localdate() + timedelta(days=data["come_in"])
