"""What every part of a screen builds on: the admin with unfold and the history, and rights from the grant table."""

from typing import TYPE_CHECKING, Any, NoReturn

from django.db.models import Model
from django.db.models.options import Options
from django.http import Http404
from django.urls import reverse
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import ModelAdmin

from shs.core.admin.pages import ScreenPages
from shs.core.admin.rights import Rights, is_key
from shs.core.caller import MemberRequest

Context = dict[str, object]
"""What a template is given, by name."""


if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin as DjangoAdmin

    class PackagesAdmin(DjangoAdmin[Any]):
        """Django's own, by which what both packages inherit is checked: they bring no types."""
else:

    class PackagesAdmin(SimpleHistoryAdmin, ModelAdmin):
        """The admin with unfold's pages, and with the history of each row."""


class ScreenBase(ScreenPages, Rights, PackagesAdmin):
    """The rows of one model that the user may see, and their pages."""

    warn_unsaved_form = True
    compressed_fields = True
    save_as = False
    view_on_site = False
    icon = "article"

    def get_object(self, request: MemberRequest, object_id: str, from_field: str | None = None) -> Model | None:
        if from_field is None and not is_key(self.model, object_id):
            return None
        row: Model | None = super().get_object(request, object_id, from_field)
        return row

    def _get_obj_does_not_exist_redirect(
        self, request: MemberRequest, opts: "Options[Model]", object_id: str
    ) -> NoReturn:
        """A row that is not visible is a 404, as one that does not exist."""
        raise Http404

    def url_of(self, record: Model) -> str:
        """The page of `record`."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=(record.pk,))
