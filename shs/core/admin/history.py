"""The history of a row, and its versions."""

from collections.abc import Collection, Sequence
from datetime import date, time
from typing import Protocol, cast

from django.contrib.admin.utils import unquote
from django.db import models
from django.http import Http404, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from simple_history.template_utils import HistoricalRecordContextHelper

from shs.core.admin.base import Context
from shs.core.admin.masks import Concealment
from shs.core.admin.rights import Field, is_key
from shs.core.caller import MemberRequest
from shs.core.dates import shown
from shs.core.grants.table import may_all
from shs.core.records.models import Record
from shs.core.types import MAX_ID


class FieldChange(Protocol):
    """simple_history's ModelChange: what one field was, and is."""

    field: str
    old: object
    new: object


class Version(Protocol):
    """A row of a history table, and what the page of a history adds to it."""

    history_change_reason: str | None
    history_delta_changes: object

    def diff_against(
        self, older: "Version", *, excluded_fields: Collection[str], foreign_keys_are_objs: bool
    ) -> object: ...


class HistoryInWords(HistoricalRecordContextHelper):
    """Choices are shown by their labels, and dates as on every page."""

    def prepare_delta_change_value(self, change: FieldChange, value: object) -> object:
        labels = dict(self.model._meta.get_field(change.field).flatchoices or ())
        if isinstance(value, str) and value in labels:
            return str(labels[value])
        if isinstance(value, bool):
            return str(_("Yes") if value else _("No"))
        if value is None or getattr(value, "pk", 0) is None:
            return "–"
        if isinstance(value, date | time):
            return shown(value)
        return super().prepare_delta_change_value(change, value)


def _value(version: models.Model, known: Field) -> object:
    """What a version says in one field, in words."""
    label = getattr(version, f"get_{known.name}_display", None)
    if label:
        return label()
    value = getattr(version, known.attname)
    if isinstance(known, models.ForeignKey) and value is not None:
        return known.remote_field.model._base_manager.filter(pk=value).first() or value
    return value


class HistoryPages(Concealment):
    """For a screen: the history of its rows."""

    history_needs: str = "view"
    """The action without which a row's history is not shown; those who see every row of the model see it too. What
    changed, and why, may be more than what the row shows."""

    def history_view(
        self, request: MemberRequest, object_id: str, extra_context: Context | None = None
    ) -> HttpResponse:
        self._require_history(request, unquote(object_id))
        answer: HttpResponse = super().history_view(request, object_id, extra_context)
        return answer

    def history_form_view(
        self, request: MemberRequest, object_id: str, version_id: str, extra_context: Context | None = None
    ) -> HttpResponse:
        """One version, to look at. Going back to it is a step of the state machine, never a form."""
        if request.method != "GET":
            return HttpResponseNotAllowed(["GET"])
        self._require_history(request, unquote(object_id))
        history = cast("type[Record]", self.model).history.model._default_manager
        if not (version_id.isascii() and version_id.isdigit()) or int(version_id) > MAX_ID:
            raise Http404
        version = history.filter(**{self.opts.pk.attname: unquote(object_id), "history_id": version_id}).first()
        if version is None:
            raise Http404
        hidden = self.concealed(request) | set(getattr(self.model, "unlogged_fields", ()))
        fields = [known for known in self.opts.fields if known.name not in hidden]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Version of %(name)s") % {"name": version.history_object},
            "version": version,
            "values": [(capfirst(known.verbose_name), _value(version, known)) for known in fields],
            "opts": self.opts,
            "history_url": reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_history", args=(object_id,)),
        }
        return TemplateResponse(request, "admin/version.html", context)

    def set_history_delta_changes(
        self, request: MemberRequest, historical_records: Sequence[Version], foreign_keys_are_objs: bool = True
    ) -> None:
        """As simple_history's, without the fields that this user may not see."""
        newer = None
        for older in historical_records:
            older.history_change_reason = older.history_change_reason or ""  # unfold's page would say None
            if newer is not None:
                delta = newer.diff_against(
                    older, excluded_fields=self.concealed(request), foreign_keys_are_objs=foreign_keys_are_objs
                )
                helper = self.get_historical_record_context_helper(request, newer)
                newer.history_delta_changes = helper.context_for_delta_changes(delta)
            newer = older

    def get_historical_record_context_helper(
        self, request: MemberRequest, historical_record: Version
    ) -> HistoryInWords:
        return HistoryInWords(self.model, historical_record)

    def shows_history(self, request: MemberRequest, row: models.Model) -> bool:
        """Whether this user reads the history of `row`, which they see."""
        if may_all(request.user, self.model, "view"):
            return True
        return self._may(request, "view") and self._may(request, self.history_needs, row)

    def _require_history(self, request: MemberRequest, object_id: str) -> None:
        """404 unless the row is visible; the history of a row that is gone is for those who audit."""
        row = self.get_object(request, object_id)
        if row is not None and self.shows_history(request, row):
            return
        audits = request.user.has_perm("core.view_readlog") and may_all(request.user, self.model, "view")
        gone = is_key(self.model, object_id) and not self.model._base_manager.filter(pk=object_id).exists()
        if not (audits and gone):
            raise Http404
