"""Answers all of the admin's permission questions from the grant table."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from django import forms
from django.db import models
from django.db.models import Q
from django.db.models.expressions import Combinable
from django.db.models.options import Options

from shs.core.admin.forms import DayField, InstantField, validate_year
from shs.core.caller import MemberRequest
from shs.core.grants.table import is_shared, may_ever, may_some, rows_allowed, rows_held
from shs.core.labels import Label
from shs.core.records.archive import Archivable
from shs.core.types import MAX_ID

FieldSets = Sequence[tuple[Label | None, Any]]
"""The type of ModelAdmin.fieldsets."""
Rows: TypeAlias = models.QuerySet[Any]
"""A queryset of the screen's model, which is known only at run time."""
if TYPE_CHECKING:
    Field = models.Field[Any, Any]
else:
    Field = models.Field
"""A model field with values of any type."""
Ordering: TypeAlias = Sequence[str | Combinable]
"""The return type of `get_ordering`."""


class Rights:
    """Mixin for screens and inlines: permission methods that ask the grant table."""

    opts: "Options[models.Model]"
    model: type[models.Model]

    def _may(self, request: MemberRequest, action: str, obj: models.Model | None = None) -> bool:
        """Whether the user may do `action` to `obj`; without a row, whether their role or a duty gives it on some."""
        if obj is None:
            return may_ever(request.user, self.model, action)
        return request.user.has_perm(f"{self.opts.app_label}.{action}_{self.opts.model_name}", obj)

    def _may_some(self, request: MemberRequest, action: str, obj: models.Model | None = None) -> bool:
        """As `_may`, also for those with whom only single rows are shared."""
        return may_some(request.user, self.model, action) if obj is None else self._may(request, action, obj)

    def has_view_permission(self, request: MemberRequest, obj: models.Model | None = None) -> bool:
        return self._may_some(request, "view", obj)

    def has_add_permission(self, request: MemberRequest, obj: models.Model | None = None) -> bool:
        return self._may(request, "add")

    def has_change_permission(self, request: MemberRequest, obj: models.Model | None = None) -> bool:
        return self._may_some(request, "change", obj)

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
        if isinstance(db_field, models.DateField):
            kwargs.setdefault("form_class", InstantField if isinstance(db_field, models.DateTimeField) else DayField)
        field: forms.Field | None = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(db_field, models.DateField):
            field.validators = [*field.validators, validate_year]
        return field

    def _chosen(self, db_field: Field, request: MemberRequest) -> Rows:
        """The keys that the rows of this page hold in `db_field` already: archived ones of these can be kept."""
        rows = _rows_of_page(self.model, request, getattr(self, "parent_model", None))
        return rows.exclude(**{db_field.name: None}).values(f"{db_field.name}__pk")

    def _choices(self, db_field: Field, request: MemberRequest, kwargs: dict[str, object]) -> Rows:
        """Restrict the choices to rows that the user's role may see or, for models whose list they may not see, may
        choose."""
        model = related_model(db_field)
        rows = kwargs.get("queryset")
        offered = rows if isinstance(rows, models.QuerySet) else model._default_manager.all()
        if issubclass(model, Archivable):
            offered = offered.filter(Q(archived_at__isnull=True) | Q(pk__in=self._chosen(db_field, request)))
        return offered.filter(rows_held(model, request.user, "view") | rows_held(model, request.user, "choose"))

    def only_shared(self, request: MemberRequest, obj: models.Model) -> bool:
        """Whether the user may change `obj` only because that is shared with them."""
        if not is_shared(obj, request.user, "change"):
            return False
        return not self.model._base_manager.filter(rows_held(self.model, request.user, "change"), pk=obj.pk).exists()

    def relations(self) -> list[str]:
        """The names of the relations of a row. To somebody with whom its change is shared they are read-only: they may
        open other rows to them, and what they cannot choose would be removed."""
        return [key.name for key in [*self.opts.fields, *self.opts.many_to_many] if key.is_relation]


def _rows_of_page(model: type[models.Model], request: MemberRequest, parent: type[models.Model] | None) -> Rows:
    """The rows of `model` that the page of one row shows: the row itself, or those of an inline of `parent`."""
    match = request.resolver_match
    pk = match.kwargs.get("object_id") if match else None
    rows = model._base_manager.all()
    if pk is None or not is_key(parent or model, pk):
        return rows.none()
    if parent is None:
        return rows.filter(pk=pk)
    key = next(field.name for field in model._meta.fields if field.related_model is parent)
    return rows.filter(**{key: pk})


def related_model(key: Field) -> type[models.Model]:
    """The model to which the relation field `key` refers."""
    return cast("type[models.Model]", key.related_model)


def is_key(model: type[models.Model], value: object) -> bool:
    """Whether `value` is a valid primary key value for `model`."""
    if not isinstance(model._meta.pk, models.AutoField | models.IntegerField):
        return "\x00" not in str(value)
    text = str(value)
    return text.isascii() and text.isdigit() and int(text) <= MAX_ID
