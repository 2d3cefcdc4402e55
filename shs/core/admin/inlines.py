"""Rows of another model on the page of their parent."""

from django.db.models import Model
from unfold import admin as unfold

from shs.core.admin.rights import Rights
from shs.core.caller import MemberRequest
from shs.core.grants.table import rows_allowed


class ScreenInline(Rights):
    """An inline shows what its parent's page may show, and never deletes."""

    extra = 0
    show_change_link = False

    def has_delete_permission(self, request: MemberRequest, obj: Model | None = None) -> bool:
        return self._may(request, "delete")

    def has_view_permission(self, request: MemberRequest, obj: Model | None = None) -> bool:
        return self._may(request, "view")

    def has_change_permission(self, request: MemberRequest, obj: Model | None = None) -> bool:
        """The whole inline is editable or none of it: one row that may only be seen locks the others."""
        if not self._may(request, "change") or obj is None:
            return self._may(request, "change")
        key = next(known for known in self.model._meta.fields if known.related_model is type(obj))
        rows = self.get_queryset(request).filter(**{key.name: obj})
        return not rows.exclude(rows_allowed(self.model, request.user, "change")).exists()


class TabularInline(ScreenInline, unfold.TabularInline):
    """Rows of another model in a table on the page of their parent."""


class StackedInline(ScreenInline, unfold.StackedInline):
    """Rows of another model, one below the other, on the page of their parent."""
