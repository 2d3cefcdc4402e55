"""Base of the screens for rows of patients' charts: every page is recorded in the read log."""

from typing import cast

from django.contrib.admin.utils import unquote
from django.db.models import Model, QuerySet
from django.http import Http404, HttpResponse
from django.utils.translation import override
from import_export.formats.base_formats import Format

from shs.core.admin.pages import Page
from shs.core.admin.reads import ReadsLogged
from shs.core.admin.resources import Exports, PurposeForm
from shs.core.types import MAX_ID
from shs.medical_record import services
from shs.medical_record.models import MedicalRecord
from shs.users.requests import UserRequest


class ChartRows(ReadsLogged, Exports):
    """For a Screen whose rows have a `patient`. Lists, rows, histories, versions and exports are logged, and so is who
    was refused; what is refused is a 404."""

    def changelist_view(self, request: UserRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        answer = super().changelist_view(request, extra_context)
        shown = (getattr(answer, "context_data", None) or {}).get("cl")
        if shown is not None:
            services.note_rows(request.user, shown.result_list, f"list of {self._rows()}")
        return answer

    def change_view(
        self, request: UserRequest, object_id: str, form_url: str = "", extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        self._note(request, object_id, "")
        return super().change_view(request, object_id, form_url, extra_context)

    def step_view(self, request: UserRequest, object_id: str, name: str) -> HttpResponse:
        self._note(request, object_id, "")
        return super().step_view(request, object_id, name)

    def delete_view(
        self, request: UserRequest, object_id: str, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        self._note(request, object_id, "")
        return super().delete_view(request, object_id, extra_context)

    def history_view(
        self, request: UserRequest, object_id: str, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        self._note(request, object_id, "history of ")
        return super().history_view(request, object_id, extra_context)

    def history_form_view(
        self, request: UserRequest, object_id: str, version_id: str, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        if request.method == "GET":
            self._note(request, object_id, "version of ")
        return super().history_form_view(request, object_id, version_id, extra_context)

    def page_row(self, request: UserRequest, object_id: str, page: Page) -> Model:
        self._note(request, object_id, f"{page.read_as or page.name} of ")
        return super().page_row(request, object_id, page)

    def get_export_data(
        self, file_format: Format, request: UserRequest, queryset: QuerySet[MedicalRecord], **kwargs: object
    ) -> str | bytes:
        form = cast(PurposeForm, kwargs["export_form"])
        answer = super().get_export_data(file_format, request, queryset, **kwargs)
        services.note_rows(request.user, queryset, f"export of {self._rows()}", note=form.cleaned_data["purpose"])
        return answer

    def _rows(self, *, one: bool = False) -> str:
        """The name of these rows in the read log, which is kept in English."""
        with override("en"):
            return str(self.opts.verbose_name if one else self.opts.verbose_name_plural)

    def _note(self, request: UserRequest, object_id: str, page: str) -> None:
        """Log the access to a row, or the attempt. 404 for a chart that the user may not read."""
        key = unquote(object_id)
        if not (key.isascii() and key.isdigit() and int(key) <= MAX_ID):
            raise Http404
        row = (
            self.model._default_manager.unrestricted("who reads it is logged, and refused below")
            .select_related("patient")
            .filter(pk=key)
            .first()
        )
        if row and not services.note_reading(request.user, row.patient, f"{page}{self._rows(one=True)}", [row.pk]):
            raise Http404
