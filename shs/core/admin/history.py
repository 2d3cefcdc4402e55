"""The history of a row, and pages of its former versions."""

from collections.abc import Collection, Sequence
from datetime import date, time
from typing import Protocol, cast

from django.contrib.admin.utils import unquote
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.db import models
from django.http import Http404, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from simple_history.template_utils import HistoricalRecordContextHelper

from shs.core.admin.base import Context
from shs.core.admin.masks import Concealment
from shs.core.admin.restoring import Restored, Restoring
from shs.core.admin.rights import is_key
from shs.core.admin.wording import in_words, object_of, value_of
from shs.core.caller import MemberRequest
from shs.core.grants.table import holds, may_all
from shs.core.records.files import CheckedFileField
from shs.core.records.models import Record
from shs.core.records.reasons import reason_words
from shs.core.types import MAX_ID

OBJECT = {"content_type", "object_pk"}
"""The fields that say which object a right is on; shown as one."""


class FieldChange(Protocol):
    """simple_history's ModelChange: the old and the new value of one field."""

    field: str
    old: object
    new: object


class Version(Protocol):
    """A row of a history table, with what the history page adds to it."""

    history_change_reason: str | None
    instance: models.Model
    history_delta_changes: object

    def diff_against(
        self, older: "Version", *, excluded_fields: Collection[str], foreign_keys_are_objs: bool
    ) -> object: ...


class HistoryInWords(HistoricalRecordContextHelper):
    """Formats choices as labels, and dates as on all other pages."""

    def prepare_delta_change_value(self, change: FieldChange, value: object) -> object:
        labels = dict(self.model._meta.get_field(change.field).flatchoices or ())
        if isinstance(value, str) and value in labels:
            return str(labels[value])
        if value is None or getattr(value, "pk", 0) is None:
            return "–"
        if isinstance(self.model._meta.get_field(change.field), CheckedFileField):
            return in_words(bool(value))
        if isinstance(value, bool | date | time | Group | Permission | list | dict):
            return in_words(value)
        return super().prepare_delta_change_value(change, value)


class HistoryPages(Restoring, Concealment):
    """Mixin for screens: the history pages of its rows. Who made a change is a link for those who may see everybody,
    and a name for others."""

    object_history_list_template = "admin/history_list.html"
    history_needs: str = "view"
    """The action without which the user cannot see a row's history, except users who may see all rows of the model. The
    changes and their reasons may reveal more than the row itself."""

    def history_view(
        self, request: MemberRequest, object_id: str, extra_context: Context | None = None
    ) -> HttpResponse:
        self._require_history(request, unquote(object_id), self.get_object(request, unquote(object_id)))
        links: Context = {} if may_all(request.user, get_user_model(), "view") else {"admin_user_view": ""}
        answer: HttpResponse = super().history_view(request, object_id, {**(extra_context or {}), **links})
        return answer

    def history_form_view(
        self, request: MemberRequest, object_id: str, version_id: str, extra_context: Context | None = None
    ) -> HttpResponse:
        """One version; a POST restores it, where that is possible."""
        row = self.get_object(request, unquote(object_id))
        may_restore = self.may_restore(request, row)
        if request.method not in {"GET", "POST"} or (request.method == "POST" and not may_restore):
            return HttpResponseNotAllowed(["GET"])
        self._require_history(request, unquote(object_id), row)
        history = cast("type[Record]", self.model).history.model._default_manager
        if not (version_id.isascii() and version_id.isdigit()) or int(version_id) > MAX_ID:
            raise Http404
        version = history.filter(**{self.opts.pk.attname: unquote(object_id), "history_id": version_id}).first()
        if version is None:
            raise Http404
        found: HttpResponse | Restored | None = None
        if may_restore and isinstance(row, Record):
            act = self.restore_version if request.method == "POST" else self.version_changes
            found = act(request, row, version)
        if isinstance(found, HttpResponse):
            return found
        hidden = self.concealed(request, row) | set(getattr(self.model, "unlogged_fields", ()))
        fields = [known for known in self.opts.fields if known.name not in hidden and not known.primary_key]
        told = [known for known in fields if known.name not in OBJECT]
        values = [(capfirst(known.verbose_name), value_of(version, known)) for known in told]
        if {known.name for known in fields} >= OBJECT:
            values.insert(0, (_("On"), object_of(version)))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Version of %(name)s") % {"name": version.history_object},
            "version": version,
            "reason": reason_words(version.history_change_reason),
            "restored": found,
            "values": values,
            "opts": self.opts,
            "history_url": reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_history", args=(object_id,)),
        }
        return TemplateResponse(request, "admin/version.html", context)

    def set_history_delta_changes(
        self, request: MemberRequest, historical_records: Sequence[Version], foreign_keys_are_objs: bool = True
    ) -> None:
        """As simple_history's, without the fields that this user may not see."""
        newer = None
        row = next(iter(historical_records)).instance if historical_records else None
        hidden = self.concealed(request, row)
        for older in historical_records:
            older.history_change_reason = reason_words(older.history_change_reason)
            if newer is not None:
                delta = newer.diff_against(older, excluded_fields=hidden, foreign_keys_are_objs=foreign_keys_are_objs)
                helper = self.get_historical_record_context_helper(request, newer)
                newer.history_delta_changes = helper.context_for_delta_changes(delta)
            newer = older

    def get_historical_record_context_helper(
        self, request: MemberRequest, historical_record: Version
    ) -> HistoryInWords:
        return HistoryInWords(self.model, historical_record)

    def shows_history(self, request: MemberRequest, row: models.Model) -> bool:
        """Whether this user may see the history of `row`; they may see the row itself."""
        if not hasattr(self.model, "history"):
            return False
        if may_all(request.user, self.model, "view"):
            return True
        return self._may(request, "view") and self._may(request, self.history_needs, row)

    def _require_history(self, request: MemberRequest, object_id: str, row: models.Model | None) -> None:
        """Raise 404 unless the row is visible. The history of a deleted row is shown to auditors only."""
        if not hasattr(self.model, "history"):
            raise Http404
        if row is not None and self.shows_history(request, row):
            return
        audits = holds(request.user, "core.view_readlog") and may_all(request.user, self.model, "view")
        gone = is_key(self.model, object_id) and not self.model._base_manager.filter(pk=object_id).exists()
        if not (audits and gone):
            raise Http404
