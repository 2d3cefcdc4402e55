"""Links between the pages of the back office: they lead only where the one who is shown them may go."""

from django.db import models
from django.utils.safestring import SafeString
from unfold import forms
from unfold.fields import UnfoldAdminReadonlyField

from shs.core.context import current


def may_open(record: models.Model, action: str = "view") -> bool:
    """Whether the person who is being served may open the page of `record`, or the one of another action; nobody may
    outside of a request."""
    context, options = current.get(), record._meta
    right = f"{options.app_label}.{action}_{options.model_name}"
    return bool(context and context.user and context.user.has_perm(right, record))


class ReadonlyField(UnfoldAdminReadonlyField):
    """Django links a read-only key to the page of its row, also for those to whom that page is closed. unfold asks a
    method for its value up to four times a page; here it is asked once."""

    shown: SafeString | None = None

    def contents(self) -> SafeString:
        if self.shown is None:
            self.shown = super().contents()
        return self.shown

    def _resolve_field(self) -> object:
        """What is asked for the kind of a field: a method has none, and need not be called."""
        fields = (known.name for known in self.form.instance._meta.get_fields())
        return super()._resolve_field() if self.field["field"] in fields else False

    def get_admin_url(self, remote_field: models.ForeignObjectRel, remote_obj: models.Model) -> str:
        return str(super().get_admin_url(remote_field, remote_obj) if may_open(remote_obj) else remote_obj)


# unfold names the class where it lays out a form, and has no setting for it.
forms.UnfoldAdminReadonlyField = ReadonlyField
