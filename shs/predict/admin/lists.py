"""Lists of texts in a form: one entry a line."""

from collections.abc import Callable
from typing import cast

from django import forms
from django.db.models import Field, Model
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from shs.core.admin.rights import FieldSets
from shs.core.admin.screen import Screen
from shs.core.labels import Label
from shs.users.requests import UserRequest

Entry = str | list[str]
"""The meaning of a line: a text, or a group of texts."""


class Lines(forms.CharField):
    """A list of texts, one a line."""

    help_line: Label = _("One per line.")

    def __init__(self, *, label: Label, required: bool) -> None:
        widget = UnfoldAdminTextareaWidget(attrs={"rows": 5})
        super().__init__(label=label, required=required, widget=widget, help_text=self.help_line)

    def prepare_value(self, value: object) -> object:
        return "\n".join(self.written(entry) for entry in value) if isinstance(value, list) else value

    def to_python(self, value: object) -> list[Entry]:
        return [self.read(line) for line in (super().to_python(value) or "").splitlines() if line.strip()]

    def has_changed(self, initial: object, data: object) -> bool:
        return self.to_python(data) != (initial or [])

    def written(self, entry: Entry) -> str:
        return str(entry)

    def read(self, line: str) -> Entry:
        return line.strip()


class Groups(Lines):
    """A list of lists of texts: a group a line, its phrases between bars."""

    def written(self, entry: Entry) -> str:
        return " | ".join(entry)

    def read(self, line: str) -> Entry:
        return [phrase.strip() for phrase in line.split("|") if phrase.strip()]


class ShownInLines:
    """Mixin for screens: the fields in `lists` are edited and shown with one entry per line."""

    lists: dict[str, type[Lines]] = {}

    def formfield_for_dbfield(
        self, db_field: "Field[object, object]", request: UserRequest, **kwargs: object
    ) -> forms.Field | None:
        if db_field.name not in self.lists:
            return cast("forms.Field | None", super().formfield_for_dbfield(db_field, request, **kwargs))
        field = self.lists[db_field.name]
        return field(label=db_field.verbose_name.capitalize(), required=not db_field.blank)

    def get_fieldsets(self, request: UserRequest, obj: Model | None = None) -> FieldSets:
        fieldsets = super().get_fieldsets(request, obj)
        may_write = self.has_change_permission(request, obj) if obj else True  # type: ignore[attr-defined]
        if may_write:
            return fieldsets
        return [
            (title, {**opts, "fields": [self._shown(name) for name in opts["fields"]]}) for title, opts in fieldsets
        ]

    def _shown(self, name: str) -> str:
        return f"shown_{name}" if name in self.lists else name


def shown(name: str, label: Label) -> Callable[[Screen, Model], str]:
    """A read-only field with the entries of the list `name`, one a line."""

    @display(description=label)
    def lines(screen: Screen, row: Model) -> str:
        entries = [" | ".join(entry) if isinstance(entry, list) else entry for entry in getattr(row, name)]
        return format_html_join("", "<div>{}</div>", ((entry,) for entry in entries))

    return cast("Callable[[Screen, Model], str]", lines)
