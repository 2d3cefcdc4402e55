"""Forms of the back office."""

from datetime import date
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from shs.core.caller import Member
from shs.core.dates import show_time
from shs.core.grants.table import rows_allowed
from shs.core.labels import Label
from shs.core.types import FIRST_YEAR, LAST_YEAR


def validate_year(value: date) -> None:
    """As the API bounds its dates: beyond these years they cannot be moved between time zones."""
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValidationError(
            _("The year must be between %(first)s and %(last)s."), params={"first": FIRST_YEAR, "last": LAST_YEAR}
        )


if TYPE_CHECKING:
    ModelForm = forms.ModelForm[Any]
    ModelChoiceField = forms.ModelChoiceField[Any]
else:
    ModelForm, ModelChoiceField = forms.ModelForm, forms.ModelChoiceField
"""Django's, of any model: they take no parameter when the code runs."""


class Choose(ModelChoiceField):
    """A chooser among the rows of `model` on which the user may do `action`; it has none until `offer` was asked, which
    a StepForm does."""

    def __init__(self, model: type[models.Model], action: str, *, label: Label, required: bool = True):
        self.model, self.action = model, action
        nobody = model._default_manager.none()
        super().__init__(nobody, label=label, required=required, widget=UnfoldAdminSelectWidget)

    def offer(self, user: Member, **only: object) -> None:
        """Offer the rows that `user` may choose, and of these those that `only` describes, as in a filter."""
        rows = self.model._default_manager.filter(rows_allowed(self.model, user, self.action), **only)
        self.queryset = rows


class EditConflictForm(ModelForm):
    """A form that knows which state of the row its writer saw: what somebody else saved meanwhile is not overwritten
    unseen. `stale` holds, for each field that differs, its label, what is stored, and what was typed."""

    seen = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)
    stale: list[tuple[Label | None, str, str]] = []

    def get_initial_for_field(self, field: forms.Field, field_name: str) -> object:
        """`seen` is when the row was last saved."""
        if field_name == "seen":
            return self.instance.updated_at.isoformat()
        return super().get_initial_for_field(field, field_name)

    def clean(self) -> dict[str, object] | None:
        data = super().clean()
        seen = self.cleaned_data.get("seen")
        if not seen:
            return data
        # Under the lock, so that two who save at once do not both see the row as it was.
        stored = type(self.instance)._base_manager.select_for_update(of=("self",)).get(pk=self.instance.pk)
        if seen == stored.updated_at.isoformat():
            return data
        self.stale = [
            (self.fields[name].label, self._words(name, self.initial.get(name)), self._words(name, value))
            for name, value in self.cleaned_data.items()
            if name != "seen" and self.fields[name].has_changed(self.initial.get(name), self.data.get(name))
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
        """A value as its field shows it."""
        choices = dict(getattr(self.fields[name], "choices", None) or ()) if not _is_key(self.fields[name]) else {}
        if isinstance(value, models.QuerySet | list | tuple):
            return ", ".join(str(one) for one in value) or "–"
        return str(choices.get(value, value) if value not in (None, "") else "–")


def _is_key(formfield: forms.Field) -> bool:
    """Whether a field chooses among rows, of which there may be very many."""
    return isinstance(formfield, forms.ModelChoiceField)
