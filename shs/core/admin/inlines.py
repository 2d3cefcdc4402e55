"""Inlines: rows of another model on the page of their parent."""

from django.db.models import Model
from unfold import admin as unfold

from shs.core.admin.rights import Rights
from shs.core.caller import MemberRequest
from shs.core.grants.table import rows_allowed


class ScreenInline(Rights):
    """The base of all inlines; permissions come from the grant table."""

    extra = 0
    show_change_link = False

    def has_delete_permission(self, request: MemberRequest, obj: Model | None = None) -> bool:
        return self._may(request, "delete")

    def has_view_permission(self, request: MemberRequest, obj: Model | None = None) -> bool:
        return self._may(request, "view")

    def has_change_permission(self, request: MemberRequest, obj: Model | None = None) -> bool:
        """The inline is either completely editable or read-only: one row that the user may not change locks all of
        them."""
        if not self._may(request, "change") or obj is None:
            return self._may(request, "change")
        key = next(known for known in self.model._meta.fields if known.related_model is type(obj))
        rows = self.get_queryset(request).filter(**{key.name: obj})
        return not rows.exclude(rows_allowed(self.model, request.user, "change")).exists()


class TabularInline(ScreenInline, unfold.TabularInline):
    """An inline with one table row per object."""


class StackedInline(ScreenInline, unfold.StackedInline):
    """An inline with one block per object."""
