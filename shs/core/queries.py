"""Queries that are compiled once, for the few reads that are asked most often. Building and compiling a queryset takes
longer than running it; everything else asks the ORM as usual.

    OF_PATIENT = KeptQuery(lambda patient: Appointment.objects.filter(patient=patient).values("id", "number"))
    OF_PATIENT.rows(patient=12, upto=21)
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Generic, NamedTuple, TypeAlias, TypeVar, cast
from weakref import WeakKeyDictionary

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import JSONField, Model, QuerySet
from django.db.models.expressions import Col

Found = TypeVar("Found")
Given: TypeAlias = int | str | datetime
"""What a query may be given: keys, texts and aware instants. A condition on anything else is another query."""

MOST_KEPT = 200
"""So many compiled forms of one query, which differ in their slice, are kept a connection."""

Converter: TypeAlias = Callable[[object, object, BaseDatabaseWrapper], object]


class Compiled(NamedTuple):
    """SQL with the names of its parameters (or the parameter itself), the names of its columns, and what the ORM does
    to the values of some of them."""

    sql: str
    parameters: tuple[tuple[str, object], ...]
    columns: tuple[str, ...]
    converters: tuple[tuple[int, tuple[Converter, ...], object], ...]


class KeptQuery(Generic[Found]):
    """A query of `.values(…)` rows. `build` gets a stand-in for each value that is given at a call, and must hand each
    on to a condition as it is. It may take any number of values, `**ids`, for a condition with `__in`."""

    def __init__(self, build: Callable[..., "QuerySet[Model, Found]"]) -> None:
        self.build = build
        self._kept: WeakKeyDictionary[BaseDatabaseWrapper, dict[tuple[int, int, int], Compiled]] = WeakKeyDictionary()

    def rows(self, start: int = 0, stop: int = 0, /, **given: Given) -> list[Found]:
        """The rows from `start` to `stop`, all where `stop` is 0; equal to those of the queryset. What stands in a JSON
        field may be shared with other rows: it is not to be changed."""
        compiled = self._compiled(start, stop, given)
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute(compiled.sql, _parameters(compiled, given))
            found = cursor.fetchall()
        return list(self._shaped(compiled, found))

    def first(self, **given: Given) -> Found | None:
        """The first row, or None."""
        return next(iter(self.rows(0, 1, **given)), None)

    def count(self, most: int, /, **given: Given) -> int:
        """How many rows there are, counted up to `most`."""
        compiled = self._compiled(0, -most, given)
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute(compiled.sql, _parameters(compiled, given))
            found: int = cursor.fetchone()[0]
        return found

    def _compiled(self, start: int, stop: int, given: Mapping[str, Given]) -> Compiled:
        """The compiled form of a slice, with so many values; of a count where `stop` is negative."""
        kept = self._kept.setdefault(connections[DEFAULT_DB_ALIAS], {})
        form = (start, stop, len(given))
        if form not in kept:
            if len(kept) >= MOST_KEPT:
                kept.clear()
            kept[form] = self._compile(start, stop, given)
        return kept[form]

    def _compile(self, start: int, stop: int, given: Mapping[str, Given]) -> Compiled:
        stand_ins = {name: _stand_in(value, number) for number, (name, value) in enumerate(given.items())}
        rows = self.build(**stand_ins)
        if stop < 0:
            # The count needs no ORDER BY, which would cost a sort, and no columns.
            sql, parameters = _sql(rows.order_by().values("pk")[:-stop])
            return Compiled(f"SELECT COUNT(*) FROM ({sql}) counted", _named(parameters, stand_ins), (), ())  # noqa: S608
        rows = rows[start:stop] if stop else rows
        sql, parameters = _sql(rows)
        compiler = rows.query.get_compiler(using=rows.db)
        compiler.as_sql()
        fields = [select[0] for select in compiler.select or ()][: compiler.col_count]
        converters = [
            (at, _converters(field, convert), field) for at, (convert, field) in compiler.get_converters(fields).items()
        ]
        return Compiled(sql, _named(parameters, stand_ins), _columns(rows), tuple(converters))

    def _shaped(self, compiled: Compiled, found: Sequence[Sequence[object]]) -> Iterator[Found]:
        connection, columns = connections[DEFAULT_DB_ALIAS], compiled.columns
        for row in found:
            values = list(row)
            for at, converters, expression in compiled.converters:
                value = values[at]
                for convert in converters:
                    value = convert(value, expression, connection)
                values[at] = value
            yield cast(Found, dict(zip(columns, values, strict=True)))


def _converters(field: object, convert: Sequence[Converter]) -> tuple[Converter, ...]:
    """The ORM's converters of a column. Values of a JSON field are decoded once for the same text."""
    output = getattr(field, "output_field", None)
    if isinstance(output, JSONField) and output.decoder is None and isinstance(field, Col):
        return (_decoded,)
    return tuple(convert)


def _decoded(text: object, expression: object, connection: BaseDatabaseWrapper) -> object:
    return None if text is None else _json_of(str(text))


@lru_cache(maxsize=5000)
def _json_of(text: str) -> object:
    return json.loads(text)


def _stand_in(value: Given, number: int) -> Given:
    """A value of the same type that is in no query, another for each `number`."""
    if isinstance(value, datetime):
        return datetime(9000, 1, 1, tzinfo=UTC) + timedelta(days=number)
    return 2_147_400_000 + number if isinstance(value, int) else f"\ufdd0{number}"


def _named(parameters: Sequence[object], stand_ins: Mapping[str, Given]) -> tuple[tuple[str, object], ...]:
    """Each parameter, with the name of the value that takes its place."""
    names = {_adapted(value): name for name, value in stand_ins.items()}
    found = tuple((names.get(one, "") if isinstance(one, Given) else "", one) for one in parameters)
    if lost := stand_ins.keys() - {name for name, _parameter in found}:
        raise ValueError(f"The query does not hand on {', '.join(sorted(lost))} as it is.")
    return found


def _parameters(compiled: Compiled, given: Mapping[str, Given]) -> list[Given]:
    """The parameters of one call. psycopg gets whole numbers in types of their own."""
    return [
        _taken(parameter, given[name]) if name else cast(Given, parameter) for name, parameter in compiled.parameters
    ]


def _taken(parameter: object, value: Given) -> Given:
    """A value in the place of a stand-in's parameter."""
    return type(parameter)(value) if isinstance(parameter, int) and isinstance(value, int) else _adapted(value)


def _adapted(value: Given) -> Given:
    """A value as the database takes it."""
    if isinstance(value, datetime):
        return cast(Given, connections[DEFAULT_DB_ALIAS].ops.adapt_datetimefield_value(value))
    return value


def _sql(rows: "QuerySet[Model, Found]") -> tuple[str, tuple[object, ...]]:
    sql, parameters = rows.query.sql_with_params()
    return sql, tuple(parameters)


def _columns(rows: "QuerySet[Model, Found]") -> tuple[str, ...]:
    """The names of the columns in their order, as `.values()` gives them."""
    query = rows.query
    return tuple(query.selected or (*query.extra_select, *query.values_select, *query.annotation_select))
