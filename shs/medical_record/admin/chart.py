"""Base of the screens for rows of patients' charts: every page is recorded in the read log."""

from django.contrib.admin.utils import unquote
from django.db.models import Model
from django.http import Http404, HttpResponse
from django.utils.translation import override

from shs.core.admin.pages import Page
from shs.core.admin.reads import ReadsLogged
from shs.core.admin.resources import Exports
from shs.core.admin.rights import Rows
from shs.core.grants.shares import shared_keys
from shs.core.types import MAX_ID
from shs.medical_record import services
from shs.users.requests import UserRequest


def _visit_of(row: Model) -> int | None:
    """The visit in which a row of a chart was written."""
    return getattr(row, "visit_id", None) or getattr(row, "appointment_id", None)


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
        offered = self.steps().get(name)
        self._note(request, object_id, "", shared=offered.action if offered else "view")
        return super().step_view(request, object_id, name)

    def delete_view(
        self, request: UserRequest, object_id: str, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        self._note(request, object_id, "", shared="delete")
        return super().delete_view(request, object_id, extra_context)

    def history_view(
        self, request: UserRequest, object_id: str, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        self._note(request, object_id, "history of ", shared=None)
        return super().history_view(request, object_id, extra_context)

    def history_form_view(
        self, request: UserRequest, object_id: str, version_id: str, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        if request.method == "GET":
            self._note(request, object_id, "version of ", shared=None)
        return super().history_form_view(request, object_id, version_id, extra_context)

    def page_row(self, request: UserRequest, object_id: str, page: Page) -> Model:
        self._note(request, object_id, f"{page.read_as or page.name} of ", shared=page.needs)
        return super().page_row(request, object_id, page)

    def note_export(self, request: UserRequest, rows: Rows, purpose: str) -> Rows:
        """As in `Exports`, with a line for each patient beside it, so that the patients see the export."""
        rows = super().note_export(request, rows, purpose)
        return services.note_all_rows(request.user, rows, f"export of {self._rows()}", note=purpose)

    def _rows(self, *, one: bool = False) -> str:
        """The name of these rows in the read log, which is kept in English."""
        with override("en"):
            return str(self.opts.verbose_name if one else self.opts.verbose_name_plural)

    def _note(self, request: UserRequest, object_id: str, page: str, *, shared: str | None = "view") -> None:
        """Log the access to a row, or the attempt. 404 for a chart that the user may not read. `shared` is the right
        with which an admin can have shared this page of the row; None: the page is not shared with the row."""
        key = unquote(object_id)
        if not (key.isascii() and key.isdigit() and int(key) <= MAX_ID):
            raise Http404
        row = (
            self.model._default_manager.unrestricted("who reads it is logged, and refused below")
            .select_related("patient")
            .filter(pk=key)
            .first()
        )
        if row and not services.note_reading(
            request.user,
            row.patient,
            f"{page}{self._rows(one=True)}",
            [row.pk],
            visit=_visit_of(row),
            is_confidential=bool(getattr(row, "is_confidential", False)),
            is_shared=shared is not None and row.pk in shared_keys(request.user, self.model, shared),
        ):
            raise Http404
