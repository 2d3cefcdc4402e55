"""Import and export: only the named columns, only rows that the user may see, and no cell that a spreadsheet would run
as a formula."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse, HttpResponseRedirect
from django.http import StreamingHttpResponse as Streamed  # noqa: TID251  (of rows that `allowed` has chosen)
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from import_export.admin import ExportMixin, ImportMixin
from import_export.fields import Field
from import_export.formats import base_formats
from import_export.resources import ModelResource
from import_export.results import Result, RowResult
from import_export.tmp_storages import CacheStorage
from unfold.contrib.import_export.forms import ImportForm, SelectableFieldsExportForm
from unfold.widgets import UnfoldAdminTextInputWidget

from shs.core import counts
from shs.core.admin import tables
from shs.core.admin.base import Context
from shs.core.admin.changelist import Action
from shs.core.admin.importing import Batches, ImportRow, Key, numbered
from shs.core.admin.renderers import path_of, renderer
from shs.core.admin.rights import Rows
from shs.core.admin.sheets import MOST_XLSX_ROWS, PIECE, Cells, csv_pieces, safe_cell, tsv_pieces, xlsx_pieces
from shs.core.caller import Member, MemberRequest
from shs.core.errors import Refused
from shs.core.grants.table import may_ever, rows_allowed
from shs.core.labels import Label
from shs.core.reads.log import log_rows
from shs.core.tabular import IMPORT_LIMIT, Table

MOST_SHOWN = 200
"""The most rows that the page of a dry run shows."""


class ImportResult(Result):
    """The result of an import, with at most MOST_SHOWN rows of each kind; `totals` counts all. `waits`: some of it is
    not stored yet, but waits for another person."""

    waits = False

    @property
    def hidden(self) -> int:
        """How many rows there are if some of them are not shown, else 0."""
        count = self.totals[RowResult.IMPORT_TYPE_INVALID] or self.total_rows
        return count if count > MOST_SHOWN else 0

    def note(self, row: ImportRow, shown: Sequence[SafeString]) -> None:
        """Add the result of a row; `shown` are its cells for the page."""
        self.totals[row.outcome] += 1
        if row.errors and len(self.invalid_rows) < MOST_SHOWN:
            self.append_invalid_row(row.number, row.cells, ValidationError(row.errors))
        elif not row.errors and len(self.rows) < MOST_SHOWN:
            found = RowResult()
            found.import_type, found.diff = row.outcome, shown
            self.append_row_result(found)


class Columns(ModelResource):
    """A resource with the columns of one model. Only fields in `Meta.fields` are exported; those `in_words` are
    exported as the labels of their choices, in the language of the request."""

    in_words: Sequence[str] = ()

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

    @classmethod
    def get_result_class(cls) -> type[ImportResult]:
        return ImportResult

    def import_data_inner(self, dataset: Table, dry_run: bool, *args: object, **kwargs: object) -> ImportResult:
        """Import the rows of a file inside a transaction, which the caller rolls back after a dry run and after an
        error. `kwargs` has the name of the file, which becomes the reason in the history."""
        result = ImportResult()
        result.diff_headers, result.total_rows = self.get_diff_headers(), len(dataset)
        if wrong := self._wrong_with(dataset):
            result.append_base_error(self.get_error_result_class()(ValidationError(wrong)))
            return result
        for column in self.get_import_fields():
            if isinstance(column.widget, Key) and column.column_name in dataset.headers:
                at = dataset.headers.index(column.column_name)
                column.widget.learn(cells[at] for cells in dataset.rows)
        batches = Batches(
            self.get_queryset(),
            self.get_import_fields(),
            [self.fields[name] for name in self.get_import_id_fields()],
            reason=str(_("from the file %(name)s") % {"name": str(kwargs.get("file_name") or "")[:200]}),
            shows=dry_run,
            stored=self.stored,
            hold=self.hold,
        )
        for row in batches.run(self._rows_of(dataset)):
            is_shown = dry_run and not row.errors and len(result.rows) < MOST_SHOWN
            result.note(row, batches.difference(row) if is_shown else ())
        return result

    def _rows_of(self, table: Table) -> Iterator[ImportRow]:
        for row in numbered(table.headers, table.rows):
            self.before_import_row(row.cells)
            yield row

    def hold(self, rows: Sequence[Any]) -> None:
        """Called with rows, all checked, before an import stores them: may set values back that nobody changes
        alone."""

    def stored(self, rows: Sequence[Any]) -> None:
        """Called with rows that an import has added or changed: updates what is derived from them."""

    def _wrong_with(self, dataset: Table) -> Label:
        """Why the file cannot be read at all; empty if its rows can be checked."""
        if len(dataset) > IMPORT_LIMIT:
            return _("A file may have at most %(limit)s rows.") % {"limit": IMPORT_LIMIT}
        headers = dataset.headers
        known = {field.column_name for field in self.get_user_visible_fields()}
        if unknown := [name for name in headers if name not in known]:
            return _("Unknown column: %(names)s") % {"names": ", ".join(unknown)}
        if lacking := [name for name in self.get_import_id_fields() if name not in headers]:
            return _("Missing column: %(names)s") % {"names": ", ".join(lacking)}
        return ""

    def pieces(self, file_format: base_formats.Format, rows: Rows, names: Sequence[str] | None) -> Iterator[bytes]:
        """The bytes of a file with the columns `names` (None: all) of `rows`, which are read while it is sent. The
        first piece is made at once, so that a query that fails is an error of the request."""
        native = isinstance(file_format, base_formats.XLSX)
        columns = self.get_export_fields(names)
        render = [self._labels(field) or renderer(field, native=native) for field in columns]
        found = rows.values_list(*map(path_of, columns))
        cells = ([make(value) for make, value in zip(render, row, strict=True)] for row in found.iterator(PIECE))
        return _begun(PIECES[type(file_format)]([field.column_name for field in columns], cells))

    def _labels(self, field: Field) -> Callable[[object], object] | None:
        """What turns the values of a column into the labels of their choices; None for most columns."""
        name = field.column_name
        if name not in self.in_words:
            return None
        labels = {value: str(label) for value, label in self._meta.model._meta.get_field(name).flatchoices}
        return lambda value: safe_cell(labels.get(value, value))


PIECES: dict[type, Callable[[Cells, Iterable[Cells]], Iterator[bytes]]] = {
    base_formats.CSV: csv_pieces,
    base_formats.TSV: tsv_pieces,
    base_formats.XLSX: xlsx_pieces,
}
"""Format → the function that writes it."""


def _begun(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """`pieces`, of which the first has been made."""
    first = next(pieces)

    def all_pieces() -> Iterator[bytes]:
        yield first
        yield from pieces

    return all_pieces()


class PurposeForm(SelectableFieldsExportForm):
    """The export form, which asks for a purpose; it is stored in the read log."""

    purpose = forms.CharField(
        label=_("What is this export for?"), min_length=5, max_length=200, widget=UnfoldAdminTextInputWidget()
    )

    def _get_field_label(self, resource: ModelResource, field_name: str) -> str:
        """The names of the fields as on every page; import-export would show their names in the code."""
        column = resource.fields[field_name]
        model, labels = resource._meta.model, []
        for name in (column.attribute or field_name).split("__"):
            field = model._meta.get_field(name)
            labels.append(capfirst(str(field.verbose_name)))
            model = field.related_model
        return ": ".join(labels)


class Exports(ExportMixin):
    """Mixin for screens: users with the permission `export` can export rows. Each export is written to the read log."""

    export_formats = [base_formats.CSV, base_formats.TSV, base_formats.XLSX]
    export_form_class = PurposeForm

    def has_export_permission(self, request: MemberRequest) -> bool:
        return may_ever(request.user, self.opts.model, "export")

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
        number = counts.count(self.get_export_queryset(request), most=counts.LISTED)
        return {
            **super().init_request_context_data(request, form),
            "exported": number,
            "shown": counts.shown(number, most=counts.LISTED),
        }

    def _do_file_export(
        self, file_format: base_formats.Format, request: MemberRequest, queryset: Rows, export_form: PurposeForm
    ) -> Streamed:
        """The file, whose rows are read while it is sent. The read log says so before. Raises ValueError, which the
        page shows, for more rows than such a file can hold."""
        if not self.has_export_permission(request):
            raise PermissionDenied
        columns: Columns = self.choose_export_resource_class(export_form, request)(
            **self.get_export_resource_kwargs(request)
        )
        plain = queryset.select_related(None).prefetch_related(None)
        if (
            isinstance(file_format, base_formats.XLSX)
            and plain.order_by()[: MOST_XLSX_ROWS + 1].count() > MOST_XLSX_ROWS
        ):
            raise ValueError(_("A spreadsheet can have at most %(most)s rows: choose CSV.") % {"most": MOST_XLSX_ROWS})
        rows = self.note_export(request, plain, export_form.cleaned_data["purpose"])
        pieces = columns.pieces(file_format, rows, self.get_export_resource_fields_from_form(export_form))
        name = self.get_export_filename(request, queryset, file_format)
        return Streamed(
            pieces,
            content_type=file_format.get_content_type(),
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    def get_valid_export_item_pks(self, request: MemberRequest) -> Sequence[int]:
        """None: there is no action that exports chosen rows, and import-export would list all rows of the table."""
        return ()

    def note_export(self, request: MemberRequest, rows: Rows, purpose: str) -> Rows:
        """Write the export of `rows` to the read log; returns these rows, to which none is added later."""
        _line, rows = log_rows(request.user, what=f"export {self.opts.label_lower}", rows=rows, note=purpose)
        return rows


class KeptFile(CacheStorage):
    """Stores the uploaded file between the dry run and the confirmation. The cache is shared by all servers, and cannot
    be used to read other files by name."""

    def read(self) -> str | bytes:
        content: str | bytes | None = super().read()
        if content is None:
            raise Refused(_("The uploaded file is no longer available. Choose it again."))
        return content


class Imports(ImportMixin):
    """Mixin for screens: users with the permission `import` can import rows: first a dry run, then all rows or none."""

    import_formats = [tables.CSV, tables.TSV, tables.XLSX]
    import_form_class = ImportForm
    skip_admin_log = True
    import_error_display = ("message", "row")
    tmp_storage_class = KeptFile

    def has_import_permission(self, request: MemberRequest) -> bool:
        return may_ever(request.user, self.opts.model, "import")

    def process_import(self, request: MemberRequest, *args: object, **kwargs: object) -> HttpResponse:
        try:
            answer: HttpResponse = super().process_import(request, *args, **kwargs)
        except Refused as error:
            messages.error(request, error.detail)
            return HttpResponseRedirect(reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_import"))
        return answer

    def get_import_data_kwargs(self, **kwargs: object) -> dict[str, object]:
        return {**super().get_import_data_kwargs(**kwargs), "rollback_on_validation_errors": True}

    def process_result(self, result: ImportResult, request: MemberRequest) -> HttpResponse:
        if result.has_errors() or result.has_validation_errors():
            raise Refused(_("Nothing was imported: the data has changed since the check. Check the file again."))
        answer: HttpResponse = super().process_result(result, request)
        return answer

    def add_data_read_fail_error_to_form(self, form: forms.Form, e: Exception) -> None:
        if isinstance(e, Refused):
            form.add_error("import_file", e.detail)
        else:
            super().add_data_read_fail_error_to_form(form, e)

    def get_resource_kwargs(self, request: MemberRequest, *args: object, **kwargs: object) -> dict[str, object]:
        return {"user": request.user}
