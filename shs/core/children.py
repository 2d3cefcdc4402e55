"""Rows with their children in one query, where `prefetch_related` takes one more for each kind: for pages whose number
of queries counts, and children that are few."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar, cast

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import DecimalField, Field, JSONField, ManyToOneRel, Model, OuterRef, QuerySet, Subquery
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

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **more: Any) -> SQL:
        template = '(SELECT JSON_GROUP_ARRAY(JSON("child")) FROM (%(subquery)s) gathered)'
        sql, params = self.as_sql(compiler, connection, template=template, **more)
        return sql, tuple(params)


def with_children(rows: "QuerySet[Kind]", *names: str) -> list[Kind]:
    """The `rows`, each with the children of these relations as if they had been prefetched, in their usual order. One
    query. The children lead back to their row."""
    relations = {name: cast(ManyToOneRel, rows.model._meta.get_field(name)) for name in names}
    found = list(rows.annotate(**{f"json_{name}": _gathered(relation) for name, relation in relations.items()}))
    for row in found:
        for name, relation in relations.items():
            _attach(row, name, relation.field, vars(row).pop(f"json_{name}") or [])
    return found


def _gathered(relation: ManyToOneRel) -> Gathered:
    child = relation.related_model
    rows = child._base_manager.filter(**{relation.field.name: OuterRef("pk")}).order_by(*child._meta.ordering)
    return Gathered(rows.values(child=JSONObject(**{field.attname: field.attname for field in _columns(child)})))


def _columns(child: type[Model]) -> "Iterable[Field[Any, Any]]":
    return child._meta.concrete_fields


def _attach(row: Model, name: str, key: "Field[Any, Any]", said: list[dict[str, object]]) -> None:
    """Keep the children where `prefetch_related` keeps them."""
    child, manager = key.model, getattr(row, name)
    children = manager.get_queryset()
    made = []
    for one in said:
        values = {field.attname: value_of(field, one[field.attname]) for field in _columns(child)}
        made.append(child.from_db(row._state.db, list(values), list(values.values())))
        setattr(made[-1], key.name, row)
    children._result_cache, children._prefetch_done = made, True
    cache = vars(row).setdefault("_prefetched_objects_cache", {})
    cache[manager.field.remote_field.cache_name] = children


def value_of(field: "Field[Any, Any]", value: object) -> object:
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
