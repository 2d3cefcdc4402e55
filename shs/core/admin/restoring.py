"""Restores a former version of a row, by the form of its page: the same fields, rules and rights as a change by hand.
Rows of a chart are amended instead, and a status changes by a step."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django import forms
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.db.models import Model, QuerySet
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from shs.core.admin.base import ScreenBase
from shs.core.admin.forms import ModelForm
from shs.core.admin.rights import Field
from shs.core.admin.steps import ReasonForm
from shs.core.admin.wording import value_of
from shs.core.caller import MemberRequest
from shs.core.dates import show_datetime
from shs.core.errors import Refused, refusal_for
from shs.core.labels import Label
from shs.core.records.models import Record
from shs.core.records.privacy import Administrative


class Restored(NamedTuple):
    """What restoring would change: the label of each field, its present value, and that of the version; the `names` of
    these fields. `seen` tells whether the row was saved since."""

    fields: list[tuple[str, str, str]]
    names: set[str]
    form: ReasonForm
    seen: str
    errors: Sequence[Label] = ()


class Restoring(ScreenBase):
    """Mixin for screens: a former version can be restored, with a reason, by those who may change the row."""

    def may_restore(self, request: MemberRequest, row: Model | None) -> bool:
        """Whether this user may restore a version of `row`: one that is not part of a chart, and that they may
        change."""
        is_administrative = isinstance(getattr(self.model, "privacy", None), Administrative)
        return isinstance(row, Record) and is_administrative and self.has_change_permission(request, row)

    def version_changes(self, request: MemberRequest, row: Record, version: Any) -> Restored | None:
        """What restoring `version` would change; None if that is nothing that the page of `row` can change."""
        then, editable = _then(row, version), self.get_form(request, row, change=True).base_fields
        fields = [
            field
            for field in row._meta.concrete_fields
            if field.name in editable and getattr(row, field.attname) != getattr(then, field.attname)
        ]
        if not fields:
            return None
        shown = [(capfirst(str(field.verbose_name)), _words(row, field), _words(then, field)) for field in fields]
        return Restored(shown, {field.name for field in fields}, ReasonForm(), row.updated_at.isoformat())

    def restore_version(self, request: MemberRequest, row: Record, version: Any) -> HttpResponse | Restored | None:
        """Restore `version`; what can be restored, with the errors, if that is refused."""
        found, asked = self.version_changes(request, row, version), ReasonForm(request.POST)
        if found is None or not asked.is_valid():
            return found and found._replace(form=asked)
        data = as_posted(self._form_of(request, _then(row, version)))
        data["seen"] = request.POST.get("seen", "")
        form = self.get_form(request, row, change=True)(data, instance=row)
        same = {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields if f.name not in found.names}
        try:
            with transaction.atomic():
                if form.is_valid():
                    row.__dict__.update(same)  # a form reads a time to the second only
                    self._store(request, form, _reason(version, asked.cleaned_data["reason"]))
        except (IntegrityError, Refused) as error:
            refusal = error if isinstance(error, Refused) else refusal_for(error)
            if refusal is None:
                raise
            return found._replace(form=asked, errors=[refusal.detail])
        if form.errors:
            return found._replace(form=asked, errors=[text for texts in form.errors.values() for text in texts])
        stored = type(row)._base_manager.get(pk=row.pk)
        if self.version_changes(request, stored, version) is None:  # else it waits, of which the screen has told
            messages.success(request, _("The version was restored."))
        return HttpResponseRedirect(self.url_of(row))

    def _store(self, request: MemberRequest, form: ModelForm, reason: str) -> None:
        changed = self.save_form(request, form, change=True)
        changed._change_reason = reason
        self.save_model(request, changed, form, True)
        self.save_related(request, form, [], True)

    def _form_of(self, request: MemberRequest, row: Model) -> ModelForm:
        return self.get_form(request, row, change=True)(instance=row)


def _then(row: Record, version: Any) -> Record:
    """The row as it was; what the history does not keep is as it is now."""
    then: Record = version.instance
    kept = {field.name for field in type(version).tracked_fields} - set(getattr(row, "unlogged_fields", ()))
    for field in row._meta.concrete_fields:
        if field.name not in kept:
            setattr(then, field.attname, getattr(row, field.attname))
    then.updated_at = row.updated_at
    return then


def _reason(version: Any, reason: str) -> str:
    said = _("Version of %(time)s restored: %(reason)s")
    return str(said % {"time": show_datetime(version.history_date), "reason": reason})


def _words(row: Model, field: Field) -> str:
    value = value_of(row, field)
    return "–" if value in (None, "") else str(value)


def as_posted(form: ModelForm) -> QueryDict:
    """The values of an unbound form as a browser would send them. Files stay as they are."""
    data = QueryDict(mutable=True)
    for bound in form:
        widget, value = bound.field.widget, bound.value()
        if isinstance(widget, forms.FileInput):
            continue
        if isinstance(value, Sequence | QuerySet) and not isinstance(value, str):
            data.setlist(bound.html_name, [str(getattr(one, "pk", one)) for one in value])
            continue
        if isinstance(widget, forms.MultiWidget):
            for at, (part, one) in enumerate(zip(widget.decompress(value) or (), widget.widgets, strict=True)):
                data.setlist(f"{bound.html_name}_{at}", _texts(one, part))
        elif isinstance(widget, forms.CheckboxInput):
            data.update({bound.html_name: "on"} if value else {})
        else:
            data.setlist(bound.html_name, _texts(widget, value))
    return data


def _texts(widget: forms.Widget, value: object) -> list[str]:
    text = widget.format_value(value)
    return [str(one) for one in text] if isinstance(text, list | tuple) else ["" if text is None else str(text)]
