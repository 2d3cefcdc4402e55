"""Rows with their children in one query, where `prefetch_related` takes one more for each kind: for pages whose number
of queries counts, and children that are few."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeVar, cast

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import (
    DecimalField,
    Field,
    JSONField,
    ManyToManyField,
    ManyToOneRel,
    Model,
    OuterRef,
    QuerySet,
    Subquery,
)
from django.db.models.functions import JSONObject
from django.db.models.sql.compiler import SQLCompiler
from django.utils import timezone

Kind = TypeVar("Kind", bound=Model)
SQL = tuple[str, tuple[object, ...]]


class Exact(json.JSONDecoder):
    """Reads numbers with a fraction as they are written."""

    def __init__(self) -> None:
        super().__init__(parse_float=Decimal)


class Gathered(Subquery):
    """The rows of a query of one JSON column, `child`, as one list."""

    output_field = JSONField(decoder=Exact)
    template = '(SELECT JSONB_AGG("child") FROM (%(subquery)s) gathered)'

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **more: object) -> SQL:
        template = '(SELECT JSON_GROUP_ARRAY(JSON("child")) FROM (%(subquery)s) gathered)'
        sql, params = self.as_sql(compiler, connection, template=template, **more)
        return sql, tuple(params)


def with_children(rows: "QuerySet[Kind]", *names: str) -> list[Kind]:
    """The `rows`, each with the children of these relations (those with a key to it, or of a many-to-many field) as if
    they had been prefetched, in their usual order. One query. Children with a key lead back to their row."""
    found = list(rows.annotate(**_gathered(rows.model, names)))
    for row in found:
        for name in names:
            _attach(row, name, vars(row).pop(f"json_{name}") or [])
    return found


def attach_children(row: Model, *names: str) -> None:
    """As `with_children`, for a row that was read before. One query."""
    rows = type(row)._base_manager.filter(pk=row.pk).annotate(**_gathered(type(row), names))
    for name, said in zip(names, rows.values_list(*(f"json_{name}" for name in names)).get(), strict=True):
        _attach(row, name, said or [])


def _gathered(model: type[Model], names: Iterable[str]) -> dict[str, Gathered]:
    found = {}
    for name in names:
        child, back = _relation(model, name)
        rows = child._base_manager.filter(**{back: OuterRef("pk")}).order_by(*child._meta.ordering)
        columns = JSONObject(**{field.attname: field.attname for field in _columns(child)})
        found[f"json_{name}"] = Gathered(rows.values(child=columns))
    return found


def _relation(model: type[Model], name: str) -> tuple[type[Model], str]:
    """The model of the children, and the name by which they find their row."""
    relation = cast("ManyToOneRel | ManyToManyField[Model, Model]", model._meta.get_field(name))
    back = relation.related_query_name() if isinstance(relation, ManyToManyField) else relation.field.name
    return relation.related_model, back


def _columns(child: type[Model]) -> "Iterable[Field[object, object]]":
    return child._meta.concrete_fields


def _attach(row: Model, name: str, said: list[dict[str, object]]) -> None:
    """Keep the children where `prefetch_related` keeps them."""
    child, back = _relation(type(row), name)
    manager = getattr(row, name)
    children = manager.get_queryset()
    made = []
    for one in said:
        values = {field.attname: value_of(field, one[field.attname]) for field in _columns(child)}
        made.append(child.from_db(row._state.db, list(values), list(values.values())))
        if hasattr(manager, "field"):  # a key of the child
            setattr(made[-1], back, row)
    children._result_cache, children._prefetch_done = made, True
    place = manager.field.remote_field.cache_name if hasattr(manager, "field") else manager.prefetch_cache_name
    vars(row).setdefault("_prefetched_objects_cache", {})[place] = children


def value_of(field: "Field[object, object]", value: object) -> object:
    """A value of JSON as the ORM reads the column."""
    if value is None:
        return None
    if isinstance(field, JSONField):
        return json.loads(value) if connection.vendor == "sqlite" and isinstance(value, str) else value
    found = field.to_python(value)
    if isinstance(found, datetime) and timezone.is_naive(found):
        return found.replace(tzinfo=UTC)
    if isinstance(found, Decimal) and isinstance(field, DecimalField):
        return found.quantize(Decimal(1).scaleb(-field.decimal_places))
    return found
