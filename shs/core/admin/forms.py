"""Form classes of the admin."""

from datetime import date, time
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from shs.core.caller import Member
from shs.core.dates import read_date, read_time, show_time
from shs.core.digits import latin_digits
from shs.core.grants.table import NOTHING, rows_held
from shs.core.labels import Label
from shs.core.records.archive import Archivable
from shs.core.types import FIRST_YEAR, LAST_YEAR


def validate_year(value: date) -> None:
    """Refuse years that cannot be converted between time zones, as the API does."""
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValidationError(
            _("The year must be between %(first)s and %(last)s."), params={"first": FIRST_YEAR, "last": LAST_YEAR}
        )


if TYPE_CHECKING:
    ModelForm = forms.ModelForm[Any]
    ModelChoiceField = forms.ModelChoiceField[Any]
else:
    ModelForm, ModelChoiceField = forms.ModelForm, forms.ModelChoiceField
"""Django's classes without type parameters, which they do not accept at run time."""


HOW = _("dd/mm/yyyy")


class DayField(forms.DateField):
    """A date as day/month/year or ISO, with digits of any script; the empty field shows how."""

    def to_python(self, value: Any) -> date | None:
        if not isinstance(value, str):
            return super().to_python(value)
        return read_date(value) if value.strip() else None

    def widget_attrs(self, widget: forms.Widget) -> dict[str, object]:
        return {**super().widget_attrs(widget), "placeholder": HOW}


class ClockField(forms.TimeField):
    """A time of day as 18:20 or 6:20 pm, with digits of any script; the empty field shows how."""

    def to_python(self, value: Any) -> time | None:
        if not isinstance(value, str):
            return super().to_python(value)
        return read_time(value) if value.strip() else None

    def widget_attrs(self, widget: forms.Widget) -> dict[str, object]:
        return {**super().widget_attrs(widget), "placeholder": _("hh:mm")}


class InstantField(forms.SplitDateTimeField):
    """A date as in DayField, with a time."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if isinstance(self.widget, forms.MultiWidget):
            for part, how in zip(self.widget.widgets, (HOW, _("hh:mm")), strict=True):
                part.attrs["placeholder"] = how

    def clean(self, value: object) -> object:
        parts = value if isinstance(value, list | tuple) else []
        typed = [latin_digits(part) if isinstance(part, str) else part for part in parts]
        return super().clean(typed or value)


class Choose(ModelChoiceField):
    """A ModelChoiceField of the rows of `model` for which the user may do `action`. Empty until `offer()` is called, as
    StepForm does."""

    def __init__(self, model: type[models.Model], action: str, *, label: Label, required: bool = True):
        self.model, self.action = model, action
        nobody = model._default_manager.none()
        super().__init__(nobody, label=label, required=required, widget=UnfoldAdminSelectWidget)

    def offer(self, user: Member, *, kept: object = None, **only: object) -> None:
        """Offer the rows that `user` may choose; `only` are further filter arguments. An archived row is offered only
        if it is `kept`, which the field holds already."""
        rows = self.model._default_manager.filter(rows_held(self.model, user, self.action), **only)
        if issubclass(self.model, Archivable):
            own = Q(pk=kept.pk) if isinstance(kept, self.model) else NOTHING
            rows = rows.filter(Q(archived_at__isnull=True) | own)
        self.queryset = rows


class TidyForm(ModelForm):
    """A form whose `cleaned_data` holds texts as the model stores them (see `Record.clean_fields`)."""

    def _post_clean(self) -> None:
        super()._post_clean()
        columns = {field.name for field in self.instance._meta.concrete_fields}
        for name, value in self.cleaned_data.items():
            if name in columns and isinstance(value, str):
                self.cleaned_data[name] = getattr(self.instance, name)


class EditConflictForm(ModelForm):
    """A form with a check for edit conflicts: if somebody else has saved the row since it was opened, it is not
    overwritten silently. `stale` lists the label, the stored value and the typed value of each field that differs."""

    seen = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)
    stale: list[tuple[Label | None, str, str]] = []

    def get_initial_for_field(self, field: forms.Field, field_name: str) -> object:
        """The hidden field `seen` holds when the row was last saved."""
        if field_name == "seen":
            return self.instance.updated_at.isoformat()
        return super().get_initial_for_field(field, field_name)

    def clean(self) -> dict[str, object] | None:
        data = super().clean()
        seen = self.cleaned_data.get("seen")
        if not seen:
            return data
        # Compare under a row lock, so that two simultaneous saves cannot both pass.
        stored = type(self.instance)._base_manager.select_for_update(of=("self",)).get(pk=self.instance.pk)
        if seen == stored.updated_at.isoformat():
            return data
        self.stale = [
            (self.fields[name].label, self._words(name, self.initial.get(name)), self._words(name, value))
            for name, value in self.cleaned_data.items()
            if name != "seen" and name in self.changed_data
        ]
        typed = cast("QueryDict", self.data).copy()
        typed["seen"] = stored.updated_at.isoformat()
        self.data = typed
        last = stored.history.select_related("history_user").first()
        raise ValidationError(
            _(
                "%(who)s saved this entry at %(time)s, after you opened it. Your changes are not saved "
                "yet: compare below, then save again to apply them."
            ),
            params={
                "who": last.history_user if last and last.history_user else _("Somebody else"),
                "time": show_time(stored.updated_at),
            },
        )

    def _words(self, name: str, value: object) -> str:
        """A value as the field's widget displays it."""
        choices = dict(getattr(self.fields[name], "choices", None) or ()) if not _is_key(self.fields[name]) else {}
        if isinstance(value, models.QuerySet | list | tuple):
            return ", ".join(str(one) for one in value) or "–"
        return str(choices.get(value, value) if value not in (None, "") else "–")


def _is_key(formfield: forms.Field) -> bool:
    """Whether the field is a choice among rows, of which there may be very many."""
    return isinstance(formfield, forms.ModelChoiceField)
