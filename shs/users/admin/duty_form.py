"""The editor of a duty: its name, and for each right that is offered the rows that it is on."""

from collections.abc import Mapping
from typing import NamedTuple

from django import forms
from django.apps import apps
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from shs.core.grants.offered import all_offered, breadth_words, split, touches
from shs.core.grants.words import spoken
from shs.core.records.values import validate_name
from shs.users.models import Rights, digest

OF_PEOPLE = {"auth": "users"}
"""Django's app of the groups, which are duties here, is listed with our own."""


class Group(NamedTuple):
    """The rights of one app: its fields, how many of them are chosen, and whether one of them is refused."""

    title: str
    fields: list[forms.BoundField]
    chosen: int
    has_errors: bool


class DutyForm(forms.Form):
    """A duty. `previewed` is the digest of what was shown before: only that is saved."""

    name = forms.CharField(
        label=_("Name of the duty"),
        max_length=100,
        strip=True,
        widget=UnfoldAdminTextInputWidget,
        validators=[validate_name],
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=500, strip=True, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2})
    )
    seen = forms.CharField(required=False, max_length=32, widget=forms.HiddenInput)
    previewed = forms.CharField(required=False, max_length=32, widget=forms.HiddenInput)

    def __init__(
        self, data: Mapping[str, object] | None = None, *, name: str = "", rights: Rights | None = None, seen: str = ""
    ):
        given = rights or {}
        super().__init__(data, initial={"name": name, "seen": seen, **{_field(key): val for key, val in given.items()}})
        self.rights: list[str] = []
        for right, rows in all_offered().items():
            choices = [("", "–"), *((key, capfirst(str(breadth_words(key)))) for key in rows)]
            model, _action = split(right)
            self.fields[_field(right)] = forms.ChoiceField(
                label=spoken(right),
                choices=choices,
                required=False,
                help_text=str(touches(model) or "") if model else "",
                widget=forms.Select(attrs={"class": "shs-rows"}),
            )
            self.rights.append(right)

    @property
    def texts(self) -> list[forms.BoundField]:
        """The fields of the duty itself."""
        return [self["name"], self["reason"]]

    @property
    def groups(self) -> list[Group]:
        """The fields of the rights by app."""
        found: dict[str, list[forms.BoundField]] = {}
        for right in self.rights:
            app = right.partition(".")[0]
            found.setdefault(OF_PEOPLE.get(app, app), []).append(self[_field(right)])
        return [
            Group(
                capfirst(str(apps.get_app_config(app).verbose_name)),
                fields,
                sum(bool(one.value()) for one in fields),
                any(one.errors for one in fields),
            )
            for app, fields in found.items()
        ]

    def chosen(self) -> Rights:
        """The rights of a valid form."""
        return {right: rows for right in self.rights if (rows := self.cleaned_data.get(_field(right)))}

    @property
    def digest(self) -> str:
        """A digest of what is to be saved."""
        return digest(self.cleaned_data["name"], self.chosen())


def _field(right: str) -> str:
    return f"right-{right.replace('.', '-')}"


def copied_name(name: str) -> str:
    """The name of a copy, which can be changed."""
    return gettext("Copy of %(name)s") % {"name": name}
