"""Links between admin pages, shown only to users who may open the target."""

from django.db import models
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold import forms
from unfold.fields import UnfoldAdminReadonlyField

from shs.core.admin.leads import leads_of
from shs.core.admin.wording import list_in_words
from shs.core.context import current


def may_open(record: models.Model, action: str = "view") -> bool:
    """Whether the current request's user may do `action` to `record`; False outside of a request."""
    context, options = current.get(), record._meta
    right = f"{options.app_label}.{action}_{options.model_name}"
    return bool(context and context.user and context.user.has_perm(right, record))


class ReadonlyField(UnfoldAdminReadonlyField):
    """Shows a read-only foreign key as a link only if the user may open the target; Django would link it always. Also
    calls a method for its value once, not up to four times as unfold does, and shows a list of texts in words."""

    shown: SafeString | None = None

    def contents(self) -> SafeString:
        if self.shown is None:
            self.shown = self._words() or super().contents()
        return self.shown

    def _words(self) -> SafeString | None:
        """A list of texts in words; Django would show it as JSON."""
        texts = list_in_words(vars(self.form.instance).get(self.field["field"]))
        return None if texts is None else format_html('<span class="readonly">{}</span>', texts)

    def _resolve_field(self) -> object:
        """The field that decides the display. For methods there is none; unfold would call the method to find out."""
        fields = (known.name for known in self.form.instance._meta.get_fields())
        return super()._resolve_field() if self.field["field"] in fields else False

    def get_admin_url(self, remote_field: models.ForeignObjectRel, remote_obj: models.Model) -> str:
        context = current.get()
        lead = leads_of(context.user, [remote_obj]).get(remote_obj.pk) if context and context.user else None
        if lead:
            return format_html('<a href="{}">{}</a>', lead, remote_obj)
        return str(super().get_admin_url(remote_field, remote_obj) if may_open(remote_obj) else remote_obj)


# unfold uses this class by name and has no setting for it.
forms.UnfoldAdminReadonlyField = ReadonlyField
