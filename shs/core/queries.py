"""Queries that are compiled once, for the few reads that are most frequent. Building and compiling a queryset takes
longer than running it. All other code uses the ORM as usual.

    OF_PATIENT = KeptQuery(lambda patient: Appointment.objects.filter(patient=patient), ("id", "number"))
    OF_PATIENT.rows(0, 21, patient=12)
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any, NamedTuple, TypeAlias, TypeVar, cast
from uuid import UUID
from weakref import WeakKeyDictionary

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import AutoField, DateTimeField, Field, JSONField, Model, QuerySet
from django.db.models.expressions import Col

Kind = TypeVar("Kind", bound=Model)
Row: TypeAlias = dict[str, Any]
Given: TypeAlias = int | str | date | datetime | UUID
"""The types of query parameters: keys, texts, dates and aware datetimes. Anything else needs another query."""

MOST_KEPT = 200
"""How many compiled forms of one query (they differ in their slice) are kept for each connection."""

Converter: TypeAlias = Callable[[object, object, BaseDatabaseWrapper], object]


class Compiled(NamedTuple):
    """SQL with its parameters (the name of a parameter given at the call, or a fixed value), the column names, and the
    ORM's converters for some columns."""

    sql: str
    parameters: tuple[tuple[str, object], ...]
    columns: tuple[str, ...]
    converters: tuple[tuple[int, Converter, object], ...]


class KeptQuery:
    """A query of the `.values(*columns)` of what `build` returns. `build` is called with placeholders for the
    parameters, and must pass each unchanged to a filter. It can take any number of parameters, `**ids`, for a filter
    with `__in`."""

    def __init__(self, build: Callable[..., "QuerySet[Any, Any]"], columns: Sequence[str]) -> None:
        self.build, self.columns = build, columns
        self._kept: WeakKeyDictionary[BaseDatabaseWrapper, dict[tuple[int, int, int], Compiled]] = WeakKeyDictionary()

    def queryset(self, **given: Given) -> "QuerySet[Model, Row]":
        """The queryset that is compiled."""
        made = self.build(**given)
        # A union has its columns already, in an order that a second `.values()` would not keep.
        rows: QuerySet[Model, Row] = made if made.query.combinator else made.values(*self.columns)
        return rows

    def rows(self, start: int = 0, stop: int = 0, /, **given: Given) -> list[Row]:
        """The rows from `start` to `stop` (0: all), equal to those of the queryset. Do not modify values of JSON
        fields: they may be shared with other rows."""
        compiled = self._compiled(start, stop, given)
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute(compiled.sql, _parameters(compiled, given))
            found = cursor.fetchall()
        return list(self._shaped(compiled, found))

    def first(self, **given: Given) -> Row | None:
        """The first row, or None."""
        return next(iter(self.rows(0, 1, **given)), None)

    def count(self, most: int, /, **given: Given) -> int:
        """The number of rows, counted up to `most`."""
        compiled = self._compiled(0, -most, given)
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute(compiled.sql, _parameters(compiled, given))
            found: int = cursor.fetchone()[0]
        return found

    def _compiled(self, start: int, stop: int, given: Mapping[str, Given]) -> Compiled:
        """The compiled form of a slice for this number of parameters; a negative `stop` means a count up to that many
        rows."""
        kept = self._kept.setdefault(connections[DEFAULT_DB_ALIAS], {})
        form = (start, stop, len(given))
        if form not in kept:
            if len(kept) >= MOST_KEPT:
                kept.clear()
            kept[form] = self._compile(start, stop, given)
        return kept[form]

    def _compile(self, start: int, stop: int, given: Mapping[str, Given]) -> Compiled:
        stand_ins = {name: _stand_in(value, number) for number, (name, value) in enumerate(given.items())}
        if stop < 0:
            # A count needs neither ORDER BY, which would cost a sort, nor the tables of the columns.
            sql, parameters = _sql(self.build(**stand_ins).order_by().values("pk")[:-stop])
            return Compiled(f"SELECT COUNT(*) FROM ({sql}) counted", _named(parameters, stand_ins), (), ())  # noqa: S608
        rows = self.queryset(**stand_ins)
        rows = rows[start:stop] if stop else rows
        sql, parameters = _sql(rows)
        compiler = rows.query.get_compiler(using=rows.db)
        compiler.as_sql()
        fields = [select[0] for select in compiler.select or ()][: compiler.col_count]
        is_utc = connections[DEFAULT_DB_ALIAS].timezone is UTC
        converters = [
            (at, each, field)
            for at, (convert, field) in compiler.get_converters(fields).items()
            for each in _converters(field, convert, is_utc=is_utc)
        ]
        return Compiled(sql, _named(parameters, stand_ins), _columns(rows), tuple(converters))

    def _shaped(self, compiled: Compiled, found: Sequence[Sequence[object]]) -> Iterator[Row]:
        connection, columns = connections[DEFAULT_DB_ALIAS], compiled.columns
        for row in found:
            values = list(row)
            for at, convert, expression in compiled.converters:
                values[at] = convert(values[at], expression, connection)
            yield dict(zip(columns, values, strict=True))


class KeptInsert:
    """An INSERT of one row, whose SQL is made once. For models without a history whose rows need nothing else: no
    signal is sent, and the row does not learn its key."""

    def __init__(self, model: type[Model]) -> None:
        self.model = model

    @cached_property
    def fields(self) -> "list[Field[Any, Any]]":
        """The stored fields, without a key that the database numbers."""
        return [field for field in self.model._meta.concrete_fields if not isinstance(field, AutoField)]

    @cached_property
    def sql(self) -> str:
        """The statement, with a placeholder for each of the fields."""
        quoted = connections[DEFAULT_DB_ALIAS].ops.quote_name
        columns = ", ".join(quoted(str(field.column)) for field in self.fields)
        marks = ", ".join(["%s"] * len(self.fields))
        return f"INSERT INTO {quoted(self.model._meta.db_table)} ({columns}) VALUES ({marks})"  # noqa: S608

    def add(self, row: Model) -> None:
        """Store a new row."""
        connection = connections[DEFAULT_DB_ALIAS]
        values = [field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in self.fields]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, values)
        row._state.adding, row._state.db = row.pk is None, DEFAULT_DB_ALIAS


class KeptUpdate:
    """An UPDATE of some fields of one row, whose SQL is made once. For fields without a history."""

    def __init__(self, model: type[Model], *names: str) -> None:
        self.model, self.fields = model, [field for field in model._meta.concrete_fields if field.name in names]

    @cached_property
    def sql(self) -> str:
        """The statement, with a placeholder for each of the fields and for the key."""
        quoted, options = connections[DEFAULT_DB_ALIAS].ops.quote_name, self.model._meta
        columns = ", ".join(f"{quoted(str(field.column))} = %s" for field in self.fields)
        return f"UPDATE {quoted(options.db_table)} SET {columns} WHERE {quoted(str(options.pk.column))} = %s"  # noqa: S608

    def store(self, row: Model) -> None:
        """Store the fields of `row`."""
        connection = connections[DEFAULT_DB_ALIAS]
        values = [field.get_db_prep_save(field.pre_save(row, add=False), connection) for field in self.fields]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, [*values, row.pk])


def instance(model: type[Kind], row: Row) -> Kind:
    """The instance of `model` of a row with its columns; columns that are missing are read when they are used."""
    return model.from_db(DEFAULT_DB_ALIAS, list(row), list(row.values()))


def _converters(field: object, convert: Sequence[Converter], *, is_utc: bool) -> Sequence[Converter]:
    """The ORM's converters of a column. Values of JSON fields are cached by their text; times that SQLite stores in UTC
    (`is_utc`) are marked as such, without the detour by the ORM's `make_aware()`."""
    output = field.output_field if isinstance(field, Col) else None
    if isinstance(output, JSONField) and output.decoder is None:
        return (_decoded,)
    if isinstance(output, DateTimeField) and len(convert) == 1 and is_utc:
        return (_in_utc,)
    return convert


def _in_utc(value: object, expression: object, connection: BaseDatabaseWrapper) -> object:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value


def _decoded(text: object, expression: object, connection: BaseDatabaseWrapper) -> object:
    return None if text is None else _json_of(str(text))


@lru_cache(maxsize=5000)
def _json_of(text: str) -> object:
    return json.loads(text)


def _stand_in(value: Given, number: int) -> Given:
    """A placeholder of the same type that occurs in no query, a different one for each `number`."""
    if isinstance(value, datetime):
        return datetime(9000, 1, 1, tzinfo=UTC) + timedelta(days=number)
    if isinstance(value, date):
        return date(9000, 1, 1) + timedelta(days=number)
    if isinstance(value, UUID):
        return UUID(int=2**128 - 1 - number)
    return 2_147_400_000 + number if isinstance(value, int) else f"\ufdd0{number}"


def _named(parameters: Sequence[object], stand_ins: Mapping[str, Given]) -> tuple[tuple[str, object], ...]:
    """Each parameter of the SQL, with the name of the parameter for which it is a placeholder (empty: a fixed value).
    Raises ValueError if `build` has not passed on a placeholder."""
    names = {_adapted(value): name for name, value in stand_ins.items()}
    found = tuple((names.get(one, "") if isinstance(one, Given) else "", one) for one in parameters)
    if lost := stand_ins.keys() - {name for name, _parameter in found}:
        raise ValueError(f"The query does not hand on {', '.join(sorted(lost))} as it is.")
    return found


def _parameters(compiled: Compiled, given: Mapping[str, Given]) -> list[Given]:
    """The parameter values of one call. psycopg uses its own types for integers."""
    return [
        _taken(parameter, given[name]) if name else cast(Given, parameter) for name, parameter in compiled.parameters
    ]


def _taken(parameter: object, value: Given) -> Given:
    """A value converted to the type of its placeholder."""
    return type(parameter)(value) if isinstance(parameter, int) and isinstance(value, int) else _adapted(value)


def _adapted(value: Given) -> Given:
    """A value as the database adapter expects it."""
    if isinstance(value, datetime):
        return cast(Given, connections[DEFAULT_DB_ALIAS].ops.adapt_datetimefield_value(value))
    if isinstance(value, date):
        return cast(Given, connections[DEFAULT_DB_ALIAS].ops.adapt_datefield_value(value))
    if isinstance(value, UUID) and not connections[DEFAULT_DB_ALIAS].features.has_native_uuid_field:
        return value.hex
    return value


def _sql(rows: "QuerySet[Any, Any]") -> tuple[str, tuple[object, ...]]:
    sql, parameters = rows.query.sql_with_params()
    return sql, tuple(parameters)


def _columns(rows: "QuerySet[Any, Any]") -> tuple[str, ...]:
    """The column names in the order of `.values()`."""
    query = rows.query
    return tuple(query.selected or (*query.extra_select, *query.values_select, *query.annotation_select))
