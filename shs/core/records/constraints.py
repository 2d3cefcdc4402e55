"""Constraints: a field holds one of its choices; time ranges of one owner never overlap, on both databases."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import time
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement, Table
from django.db.models import Q
from django.db.models.constraints import BaseConstraint

from shs.core.labels import Label

Values = Mapping[str, Any]
"""The values of the fields of a row by name."""


def _field(model: type[models.Model], name: str) -> "models.Field[object, object]":
    """The concrete field `name` of the model."""
    field = model._meta.get_field(name)
    assert isinstance(field, models.Field), name
    return field


def known(field: str, choices: type[models.TextChoices], *, blank: bool = False) -> models.CheckConstraint:
    """The constraint `<model>_<field>_known`: the field holds one of its choices, or is empty if `blank`."""
    values = [*([""] if blank else []), *choices.values]
    return models.CheckConstraint(name=f"%(class)s_{field}_known", condition=Q(**{f"{field}__in": values}))


class NeverOverlaps(BaseConstraint):
    """Rows with equal `fields` must not overlap in their ranges [start, end); `only` limits this to rows whose field
    has one of the values, for example `only=("status", ["pending", "confirmed"])`, and rows whose boolean field
    `but` is true are free to overlap. An exclusion constraint on PostgreSQL (needs btree_gist), and two triggers
    that raise the constraint's name on SQLite. The triggers are created with the table in migrations, so that a
    table rebuilt by a migration has them again."""

    def __init__(
        self,
        *,
        name: str,
        fields: Sequence[str],
        start: str,
        end: str,
        only: tuple[str, Sequence[str]] | None = None,
        but: str = "",
        violation_error_code: str | None = None,
        violation_error_message: Label | None = None,
    ) -> None:
        super().__init__(
            name=name, violation_error_code=violation_error_code, violation_error_message=violation_error_message
        )
        self.fields, self.start, self.end = tuple(fields), start, end
        self.only = (only[0], tuple(str(value) for value in only[1])) if only else None
        self.but = but

    def deconstruct(self) -> tuple[str, Sequence[object], dict[str, object]]:
        path, args, kwargs = super().deconstruct()
        kwargs |= {"fields": self.fields, "start": self.start, "end": self.end}
        if self.only:
            kwargs["only"] = self.only
        if self.but:
            kwargs["but"] = self.but
        return path, args, kwargs

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NeverOverlaps) and self.deconstruct() == other.deconstruct()

    def constraint_sql(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> None:
        for statement in self._statements(model, schema_editor):
            schema_editor.deferred_sql.append(statement)

    def create_sql(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> Statement:
        *first, last = self._statements(model, schema_editor)
        for statement in first:
            schema_editor.execute(statement)
        return last

    def remove_sql(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> str:
        quoted = schema_editor.quote_name
        if schema_editor.connection.vendor == "postgresql":
            return f"ALTER TABLE {quoted(model._meta.db_table)} DROP CONSTRAINT {quoted(self.name)}"
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {quoted(self.name + '_insert')}")
        return f"DROP TRIGGER IF EXISTS {quoted(self.name + '_update')}"

    def validate(
        self,
        model: type[models.Model],
        instance: models.Model,
        exclude: Collection[str] | None = None,
        using: str = DEFAULT_DB_ALIAS,
    ) -> None:
        named = {*self._columns()}
        if exclude and named & set(exclude):
            return
        values = {name: getattr(instance, _field(model, name).attname) for name in named}
        if None in values.values() or not self._holds_for(instance):
            return
        same = Q(**{name: values[name] for name in self.fields})
        held = Q(**{f"{self.only[0]}__in": self.only[1]}) if self.only else Q()
        held &= Q(**{self.but: False}) if self.but else Q()
        if self._is_met(model._base_manager.using(using).filter(same & held).exclude(pk=instance.pk), values):
            raise ValidationError(self.get_violation_error_message(), code=self.violation_error_code)

    def _holds_for(self, instance: models.Model) -> bool:
        """Whether the constraint asks anything of a row."""
        if self.only and getattr(instance, self.only[0]) not in self.only[1]:
            return False
        return not (self.but and getattr(instance, self.but))

    def _is_met(self, rows: "models.QuerySet[models.Model]", values: Values) -> bool:
        """Whether one of `rows` overlaps the range of `values`."""
        meets = {f"{self.start}__lt": values[self.end], f"{self.end}__gt": values[self.start]}
        return rows.filter(**meets).exists()

    def triggers(self, model: type[models.Model]) -> set[str]:
        """The names of the triggers that SQLite must have."""
        return {f"{self.name}_insert", f"{self.name}_update"}

    def _statements(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> Iterator[Statement]:
        postgres = schema_editor.connection.vendor == "postgresql"
        table = Table(model._meta.db_table, schema_editor.quote_name)
        column = {
            name: schema_editor.quote_name(_field(model, name).column or name)
            for name in (*self._columns(), *([self.only[0]] if self.only else []), *([self.but] if self.but else []))
        }
        values = ", ".join(schema_editor.quote_value(value) for value in self.only[1]) if self.only else ""
        if postgres:
            yield from self._postgres(model, schema_editor, table, column, values)
            return
        same = " AND ".join(f"{column[name]} = NEW.{column[name]}" for name in self.fields)
        conditions = [f"{column[self.only[0]]} IN ({values})"] if self.only else []
        conditions += [f"NOT {column[self.but]}"] if self.but else []
        held = "".join(f" AND {condition}" for condition in conditions)
        new = [f"NEW.{column[self.only[0]]} IN ({values})"] if self.only else []
        new += [f"NOT NEW.{column[self.but]}"] if self.but else []
        when = f"WHEN {' AND '.join(new)} " if new else ""
        for event in ("insert", "update"):
            # %% is for Statement; the trigger has no parameters.
            yield Statement(
                f"CREATE TRIGGER {schema_editor.quote_name(f'{self.name}_{event}')} BEFORE {event.upper()} "
                f"ON %(table)s FOR EACH ROW {when}BEGIN SELECT RAISE(ABORT, '{self.name}') WHERE EXISTS ("
                f'SELECT 1 FROM %(table)s WHERE {same}{held} AND "id" IS NOT NEW."id" '
                f"AND {self._meets(column)}); END",
                table=table,
            )

    def _columns(self) -> tuple[str, ...]:
        """The fields of the owner and of the range."""
        return (*self.fields, self.start, self.end)

    def _meets(self, column: Mapping[str, str]) -> str:
        """SQLite's condition that a row overlaps NEW."""
        return f"{column[self.start]} < NEW.{column[self.end]} AND {column[self.end]} > NEW.{column[self.start]}"

    def _reach(self, model: type[models.Model], column: Mapping[str, str]) -> str:
        """PostgreSQL's range of a row."""
        start, end = column[self.start], column[self.end]
        if isinstance(model._meta.get_field(self.start), models.TimeField):
            return f"tsrange('2000-01-01'::date + {start}, '2000-01-01'::date + {end})"
        return f"tstzrange({start}, {end})"

    def _postgres(
        self,
        model: type[models.Model],
        schema_editor: BaseDatabaseSchemaEditor,
        table: Table,
        column: Mapping[str, str],
        values: str,
    ) -> Iterator[Statement]:
        equal = ", ".join(f"{column[name]} WITH =" for name in self.fields)
        conditions = [f"{column[self.only[0]]} IN ({values})"] if self.only else []
        conditions += [f"NOT {column[self.but]}"] if self.but else []
        held = f" WHERE ({' AND '.join(conditions)})" if conditions else ""
        yield Statement(
            f"ALTER TABLE %(table)s ADD CONSTRAINT {schema_editor.quote_name(self.name)} "
            f"EXCLUDE USING gist ({equal}, {self._reach(model, column)} WITH &&){held}",
            table=table,
        )


DAY, WEEK = 86_400, 7 * 86_400
"""In seconds."""


def in_week(weekday: int, start: time, end: time) -> tuple[int, int]:
    """A weekly time range in seconds since Monday 00:00, [from, to). An end of 00:00, or before the start, is on the
    next day; from Sunday it lies beyond WEEK."""
    first, last = (clock.hour * 3600 + clock.minute * 60 + clock.second for clock in (start, end))
    begin = weekday * DAY + first
    return begin, begin + (last - first if last > first else last - first + DAY)


def meet_in_week(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether two ranges of `in_week` overlap, also over the end of the week."""
    return any(one[0] < other[1] + shift and one[1] > other[0] + shift for shift in (-WEEK, 0, WEEK))


class NeverOverlapsInWeek(NeverOverlaps):
    """As NeverOverlaps, for time ranges that come back every week, on the `weekday` of each row (0 is Monday). A range
    may pass midnight, as `in_week` says, also that from Sunday to Monday."""

    def __init__(
        self,
        *,
        name: str,
        fields: Sequence[str],
        weekday: str,
        start: str,
        end: str,
        violation_error_message: Label | None = None,
    ) -> None:
        super().__init__(
            name=name, fields=fields, start=start, end=end, violation_error_message=violation_error_message
        )
        self.weekday = weekday

    def deconstruct(self) -> tuple[str, Sequence[object], dict[str, object]]:
        path, args, kwargs = super().deconstruct()
        return path, args, kwargs | {"weekday": self.weekday}

    def _columns(self) -> tuple[str, ...]:
        return (*self.fields, self.weekday, self.start, self.end)

    def _is_met(self, rows: "models.QuerySet[models.Model]", values: Values) -> bool:
        mine = in_week(values[self.weekday], values[self.start], values[self.end])
        others = rows.values_list(self.weekday, self.start, self.end)
        return any(meet_in_week(mine, in_week(*other)) for other in others)

    def _meets(self, column: Mapping[str, str]) -> str:
        def seconds(clock: str) -> str:
            parts = ((1, 3600), (4, 60), (7, 1))
            return "(" + " + ".join(f"CAST(substr({clock}, {at}, 2) AS INTEGER) * {of}" for at, of in parts) + ")"

        def reach(row: str) -> tuple[str, str]:
            start, end = f"{row}{column[self.start]}", f"{row}{column[self.end]}"
            begin = f"({row}{column[self.weekday]} * {DAY} + {seconds(start)})"
            length = f"({seconds(end)} - {seconds(start)} + CASE WHEN {end} > {start} THEN 0 ELSE {DAY} END)"
            return begin, f"({begin} + {length})"

        (begin, end), (new_begin, new_end) = reach(""), reach("NEW.")
        shifts = (f"({begin} < {new_end} + {at} AND {end} > {new_begin} + {at})" for at in (-WEEK, 0, WEEK))
        return f"({' OR '.join(shifts)})"

    def _reach(self, model: type[models.Model], column: Mapping[str, str]) -> str:
        start, end = (f"EXTRACT(EPOCH FROM {column[name]})::int" for name in (self.start, self.end))
        begin = f"({column[self.weekday]} * {DAY} + {start})"
        length = f"CASE WHEN {end} > {start} THEN {end} - {start} ELSE {end} - {start} + {DAY} END"
        return (
            f"int4multirange(int4range({begin}, LEAST({begin} + {length}, {WEEK})),"
            f" int4range(0, GREATEST({begin} + {length} - {WEEK}, 0)))"
        )
