"""The base class of all screens: the ModelAdmin of unfold and simple_history, with permissions from the grant table."""

from typing import TYPE_CHECKING, Any, NoReturn

from django.db.models import Model
from django.db.models.options import Options
from django.http import Http404
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import ModelAdmin

from shs.core.admin.addresses import address_of
from shs.core.admin.pages import ScreenPages
from shs.core.admin.rights import Rights, is_key
from shs.core.caller import MemberRequest

Context = dict[str, object]
"""The context of a template."""


if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin as DjangoAdmin

    class PackagesAdmin(DjangoAdmin[Any]):
        """The common base class of both packages' ModelAdmins, for mypy only: the packages have no type hints."""
else:

    class PackagesAdmin(SimpleHistoryAdmin, ModelAdmin):
        """unfold's ModelAdmin with simple_history's history of each row."""


class ScreenBase(ScreenPages, Rights, PackagesAdmin):
    """The ModelAdmin of one model. Shows only the rows that the user may see."""

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
        """Answer 404 for a row that the user may not see, as for one that does not exist."""
        raise Http404

    def url_of(self, record: Model) -> str:
        """The address of the change page of `record`."""
        return address_of(self.model, "change", record.pk)
