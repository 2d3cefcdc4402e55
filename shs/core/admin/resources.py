"""Import and export: only named columns, only rows that the user may see, no cell that runs as a formula."""

import re
from collections.abc import Sequence, Sized
from typing import Protocol, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from import_export.admin import ExportMixin, ImportMixin
from import_export.formats import base_formats
from import_export.resources import ModelResource
from import_export.tmp_storages import CacheStorage
from unfold.contrib.import_export.forms import ImportForm, SelectableFieldsExportForm
from unfold.widgets import UnfoldAdminTextInputWidget

from shs.core.admin.base import Context
from shs.core.admin.changelist import Action
from shs.core.admin.rights import Rows
from shs.core.caller import Member, MemberRequest
from shs.core.errors import Refused
from shs.core.grants.table import rows_allowed
from shs.core.labels import Label
from shs.core.reads.log import log_read


class Dataset(Sized, Protocol):
    """tablib's table of what stands in a file."""

    headers: Sequence[object] | None

    def wipe(self) -> None: ...


FORMULA = re.compile(r"^[=+\-@\t\r\n\x00＝＋－＠]")
NUMBER = re.compile(r"^-?\d+(\.\d+)?$")
IMPORT_LIMIT = 5000


def safe_cell(value: object) -> object:
    """`value`, with an apostrophe before what a spreadsheet would run; negative numbers stay numbers."""
    if isinstance(value, str) and FORMULA.match(value) and not NUMBER.match(value):
        return f"'{value}"
    return value


class Columns(ModelResource):
    """The columns of one model in a file. `Meta.fields` names them; nothing is exported that is not named."""

    def __init__(self, user: Member | None = None, **kwargs: object):
        super().__init__(**kwargs)
        self.user = user

    @classmethod
    def get_display_name(cls) -> str:
        return str(cls._meta.model._meta.verbose_name_plural)

    def get_queryset(self) -> Rows:
        """The rows that an import may find and change."""
        rows: Rows = super().get_queryset()
        return rows.filter(rows_allowed(self._meta.model, self.user, "change")) if self.user else rows.none()

    def before_import(self, dataset: Dataset, **kwargs: object) -> None:
        wrong = self._wrong_with(dataset)
        if wrong:
            dataset.wipe()  # import-export would go on with its rows
            raise ValidationError(wrong)
        super().before_import(dataset, **kwargs)

    def _wrong_with(self, dataset: Dataset) -> Label:
        """Why a file cannot be read at all, in words; empty where its rows can be looked at."""
        if len(dataset) > IMPORT_LIMIT:
            return _("A file may hold at most %(limit)s rows.") % {"limit": IMPORT_LIMIT}
        headers = [str(name) for name in dataset.headers or []]
        known = {field.column_name for field in self.get_user_visible_fields()}
        if unknown := [name for name in headers if name not in known]:
            return _("Unknown column: %(names)s") % {"names": ", ".join(unknown)}
        if lacking := [name for name in self.get_import_id_fields() if name not in headers]:
            return _("Missing column: %(names)s") % {"names": ", ".join(lacking)}
        return ""

    def before_save_instance(self, instance: Model, row: object, **kwargs: object) -> None:
        """The history says which file a change came from."""
        reason = _("from the file %(name)s") % {"name": str(kwargs.get("file_name") or "")[:200]}
        vars(instance)["_change_reason"] = reason  # simple_history reads it

    def export_field(self, field: object, instance: Model, **kwargs: object) -> object:
        return safe_cell(super().export_field(field, instance, **kwargs))

    class Meta:
        clean_model_instances = True
        skip_unchanged = True
        report_skipped = True


class PurposeForm(SelectableFieldsExportForm):
    """An export asks what it is for; the answer stands in the read log."""

    purpose = forms.CharField(
        label=_("What is this export for?"), min_length=5, max_length=200, widget=UnfoldAdminTextInputWidget()
    )


class Exports(ExportMixin):
    """For a screen whose rows can be exported by those who hold `export`; each export is written to the read log."""

    export_formats = [base_formats.CSV, base_formats.TSV, base_formats.XLSX]
    export_form_class = PurposeForm

    def get_actions(self, request: MemberRequest) -> dict[str, tuple[Action, str, Label]]:
        actions: dict[str, tuple[Action, str, Label]] = super().get_actions(request)
        actions.pop("export_admin_action", None)
        return actions

    def get_resource_kwargs(self, request: MemberRequest, *args: object, **kwargs: object) -> dict[str, object]:
        return {"user": request.user}

    def get_export_queryset(self, request: MemberRequest) -> Rows:
        rows: Rows = super().get_export_queryset(request)
        return rows.filter(rows_allowed(self.model, request.user, "export"))

    def init_request_context_data(self, request: MemberRequest, form: forms.Form) -> Context:
        return {
            **super().init_request_context_data(request, form),
            "exported": self.get_export_queryset(request).count(),
        }

    def get_export_data(
        self, file_format: base_formats.Format, request: MemberRequest, queryset: Rows, **kwargs: object
    ) -> str | bytes:
        if not self.has_export_permission(request):
            raise PermissionDenied
        form = cast(PurposeForm, kwargs["export_form"])
        ids = list(queryset.values_list("pk", flat=True))
        log_read(request.user, what=f"export {self.opts.label_lower}", ids=ids, note=form.cleaned_data["purpose"])
        data: str | bytes = super().get_export_data(file_format, request, queryset, **kwargs)
        return data


class KeptFile(CacheStorage):
    """The file between its dry run and its confirmation: in the cache, so that every machine has it, and nothing of a
    folder can be named instead."""

    def read(self) -> str | bytes:
        content: str | bytes | None = super().read()
        if content is None:
            raise Refused(_("The uploaded file is no longer available. Choose it again."))
        return content


class Imports(ImportMixin):
    """For a screen whose rows can be imported by those who hold `import`: a dry run first, then all rows or none."""

    import_formats = [base_formats.CSV, base_formats.TSV, base_formats.XLSX]
    import_form_class = ImportForm
    skip_admin_log = True
    import_error_display = ("message", "row")
    tmp_storage_class = KeptFile

    def process_import(self, request: MemberRequest, *args: object, **kwargs: object) -> HttpResponse:
        try:
            answer: HttpResponse = super().process_import(request, *args, **kwargs)
        except Refused as error:
            messages.error(request, error.detail)
            return HttpResponseRedirect(reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_import"))
        return answer

    def get_resource_kwargs(self, request: MemberRequest, *args: object, **kwargs: object) -> dict[str, object]:
        return {"user": request.user}
