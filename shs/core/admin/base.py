"""What every part of a screen builds on: the admin with unfold and the history, and rights from the grant table."""

from django.http import Http404
from django.urls import reverse
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import ModelAdmin

from shs.core.admin.pages import ScreenPages
from shs.core.admin.rights import Rights, is_key


class ScreenBase(ScreenPages, Rights, SimpleHistoryAdmin, ModelAdmin):
    """The rows of one model that the user may see, and their pages."""

    warn_unsaved_form = True
    compressed_fields = True
    save_as = False
    view_on_site = False
    icon = "article"

    def get_object(self, request, object_id, from_field=None):
        if from_field is None and not is_key(self.model, object_id):
            return None
        return super().get_object(request, object_id, from_field)

    def _get_obj_does_not_exist_redirect(self, request, opts, object_id):
        """A row that is not visible is a 404, as one that does not exist."""
        raise Http404

    def url_of(self, record):
        """The page of `record`."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=(record.pk,))
