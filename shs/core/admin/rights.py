"""Rights: every question of the admin about rights is answered from the grant table."""

from collections.abc import Sequence
from typing import Any

from django.db import models

from shs.core.admin.forms import validate_year
from shs.core.grants.table import rows_allowed
from shs.core.labels import Label
from shs.core.types import MAX_ID

FieldSets = Sequence[tuple[Label | None, Any]]
"""Groups of fields of a form, as ModelAdmin.fieldsets has them."""


class Rights:
    """Answers the admin's questions about rights from the grant table; for screens and inlines."""

    opts: Any
    model: Any

    def _may(self, request, action, obj=None):
        return request.user.has_perm(f"{self.opts.app_label}.{action}_{self.opts.model_name}", obj)

    def has_view_permission(self, request, obj=None):
        return self._may(request, "view", obj)

    def has_add_permission(self, request, obj=None):
        return self._may(request, "add")

    def has_change_permission(self, request, obj=None):
        return self._may(request, "change", obj)

    def has_delete_permission(self, request, obj=None):
        return self._may(request, "delete", obj)

    def get_queryset(self, request):
        return super().get_queryset(request).filter(rows_allowed(self.model, request.user, "view"))

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        kwargs["queryset"] = self._choices(db_field, request, kwargs)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        kwargs["queryset"] = self._choices(db_field, request, kwargs)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(db_field, models.DateField):
            field.validators = [*field.validators, validate_year]
        return field

    def _choices(self, db_field, request, kwargs):
        """Only rows that the user may see, or may choose where the list itself is not theirs."""
        model = db_field.remote_field.model
        rows = kwargs.get("queryset")
        rows = model._default_manager.all() if rows is None else rows
        return rows.filter(rows_allowed(model, request.user, "view") | rows_allowed(model, request.user, "choose"))


def is_key(model, value):
    """Whether `value` can be the key of a row of `model`."""
    if not isinstance(model._meta.pk, models.AutoField | models.IntegerField):
        return "\x00" not in str(value)
    text = str(value)
    return text.isascii() and text.isdigit() and int(text) <= MAX_ID
