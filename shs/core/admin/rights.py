"""Rights: every question of the admin about rights is answered from the grant table."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from django import forms
from django.db import models
from django.db.models.expressions import Combinable
from django.db.models.options import Options

from shs.core.admin.forms import validate_year
from shs.core.caller import MemberRequest
from shs.core.grants.table import rows_allowed
from shs.core.labels import Label
from shs.core.types import MAX_ID

FieldSets = Sequence[tuple[Label | None, Any]]
"""Groups of fields of a form, as ModelAdmin.fieldsets has them."""
Rows: TypeAlias = models.QuerySet[Any]
"""Rows of the model of a screen; which one, only the screen itself knows."""
if TYPE_CHECKING:
    Field = models.Field[Any, Any]
else:
    Field = models.Field
"""A field of a model, with values of any type."""
Ordering: TypeAlias = Sequence[str | Combinable]
"""What `get_ordering` answers."""


class Rights:
    """Answers the admin's questions about rights from the grant table; for screens and inlines."""

    opts: "Options[models.Model]"
    model: type[models.Model]

    def _may(self, request: MemberRequest, action: str, obj: models.Model | None = None) -> bool:
        return request.user.has_perm(f"{self.opts.app_label}.{action}_{self.opts.model_name}", obj)

    def has_view_permission(self, request: MemberRequest, obj: models.Model | None = None) -> bool:
        return self._may(request, "view", obj)

    def has_add_permission(self, request: MemberRequest, obj: models.Model | None = None) -> bool:
        return self._may(request, "add")

    def has_change_permission(self, request: MemberRequest, obj: models.Model | None = None) -> bool:
        return self._may(request, "change", obj)

    def has_delete_permission(self, request: MemberRequest, obj: models.Model | None = None) -> bool:
        return self._may(request, "delete", obj)

    def get_queryset(self, request: MemberRequest) -> Rows:
        rows: Rows = super().get_queryset(request)
        return rows.filter(rows_allowed(self.model, request.user, "view"))

    def formfield_for_foreignkey(self, db_field: Field, request: MemberRequest, **kwargs: object) -> forms.Field | None:
        kwargs["queryset"] = self._choices(db_field, request, kwargs)
        field: forms.Field | None = super().formfield_for_foreignkey(db_field, request, **kwargs)
        return field

    def formfield_for_manytomany(self, db_field: Field, request: MemberRequest, **kwargs: object) -> forms.Field | None:
        kwargs["queryset"] = self._choices(db_field, request, kwargs)
        field: forms.Field | None = super().formfield_for_manytomany(db_field, request, **kwargs)
        return field

    def formfield_for_dbfield(self, db_field: Field, request: MemberRequest, **kwargs: object) -> forms.Field | None:
        field: forms.Field | None = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(db_field, models.DateField):
            field.validators = [*field.validators, validate_year]
        return field

    def _choices(self, db_field: Field, request: MemberRequest, kwargs: dict[str, object]) -> Rows:
        """Only rows that the user may see, or may choose where the list itself is not theirs."""
        model = related_model(db_field)
        rows = kwargs.get("queryset")
        offered = rows if isinstance(rows, models.QuerySet) else model._default_manager.all()
        return offered.filter(rows_allowed(model, request.user, "view") | rows_allowed(model, request.user, "choose"))


def related_model(key: Field) -> type[models.Model]:
    """The model that `key`, a field of a relation, leads to."""
    return cast("type[models.Model]", key.related_model)


def is_key(model: type[models.Model], value: object) -> bool:
    """Whether `value` can be the key of a row of `model`."""
    if not isinstance(model._meta.pk, models.AutoField | models.IntegerField):
        return "\x00" not in str(value)
    text = str(value)
    return text.isascii() and text.isdigit() and int(text) <= MAX_ID
