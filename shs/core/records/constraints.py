"""Constraints: a field holds one of its choices; time ranges of one owner never overlap, on both databases."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement, Table
from django.db.models import Q
from django.db.models.constraints import BaseConstraint

from shs.core.labels import Label


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
    has one of the values, for example `only=("status", ["pending", "confirmed"])`. On PostgreSQL an exclusion
    constraint (needs btree_gist), on SQLite two triggers that raise the constraint's name. They are part of the table's
    definition in migrations, so that a rebuilt table has them again."""

    def __init__(
        self,
        *,
        name: str,
        fields: Sequence[str],
        start: str,
        end: str,
        only: tuple[str, Sequence[str]] | None = None,
        violation_error_code: str | None = None,
        violation_error_message: Label | None = None,
    ) -> None:
        super().__init__(
            name=name, violation_error_code=violation_error_code, violation_error_message=violation_error_message
        )
        self.fields, self.start, self.end = tuple(fields), start, end
        self.only = (only[0], tuple(str(value) for value in only[1])) if only else None

    def deconstruct(self) -> tuple[str, Sequence[object], dict[str, object]]:
        path, args, kwargs = super().deconstruct()
        kwargs |= {"fields": self.fields, "start": self.start, "end": self.end}
        if self.only:
            kwargs["only"] = self.only
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
        named = {*self.fields, self.start, self.end}
        if exclude and named & set(exclude):
            return
        values = {name: getattr(instance, _field(model, name).attname) for name in named}
        if None in values.values() or (self.only and getattr(instance, self.only[0]) not in self.only[1]):
            return
        same = Q(**{name: values[name] for name in self.fields})
        meets = Q(**{f"{self.start}__lt": values[self.end], f"{self.end}__gt": values[self.start]})
        held = Q(**{f"{self.only[0]}__in": self.only[1]}) if self.only else Q()
        if model._base_manager.using(using).filter(same & meets & held).exclude(pk=instance.pk).exists():
            raise ValidationError(self.get_violation_error_message(), code=self.violation_error_code)

    def triggers(self, model: type[models.Model]) -> set[str]:
        """The names of the triggers that SQLite must have."""
        return {f"{self.name}_insert", f"{self.name}_update"}

    def _statements(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> Iterator[Statement]:
        postgres = schema_editor.connection.vendor == "postgresql"
        table = Table(model._meta.db_table, schema_editor.quote_name)
        column = {
            name: schema_editor.quote_name(_field(model, name).column or name)
            for name in (*self.fields, self.start, self.end, *([self.only[0]] if self.only else []))
        }
        values = ", ".join(schema_editor.quote_value(value) for value in self.only[1]) if self.only else ""
        if postgres:
            yield from self._postgres(model, schema_editor, table, column, values)
            return
        same = " AND ".join(f"{column[name]} = NEW.{column[name]}" for name in self.fields)
        held = f" AND {column[self.only[0]]} IN ({values})" if self.only else ""
        when = f"WHEN NEW.{column[self.only[0]]} IN ({values}) " if self.only else ""
        for event in ("insert", "update"):
            # %% is for Statement; the trigger has no parameters.
            yield Statement(
                f"CREATE TRIGGER {schema_editor.quote_name(f'{self.name}_{event}')} BEFORE {event.upper()} "
                f"ON %(table)s FOR EACH ROW {when}BEGIN SELECT RAISE(ABORT, '{self.name}') WHERE EXISTS ("
                f'SELECT 1 FROM %(table)s WHERE {same}{held} AND "id" IS NOT NEW."id" '
                f"AND {column[self.start]} < NEW.{column[self.end]} AND {column[self.end]} > NEW.{column[self.start]}"
                "); END",
                table=table,
            )

    def _postgres(
        self,
        model: type[models.Model],
        schema_editor: BaseDatabaseSchemaEditor,
        table: Table,
        column: Mapping[str, str],
        values: str,
    ) -> Iterator[Statement]:
        start, end = column[self.start], column[self.end]
        if isinstance(model._meta.get_field(self.start), models.TimeField):
            reach = f"tsrange('2000-01-01'::date + {start}, '2000-01-01'::date + {end})"
        else:
            reach = f"tstzrange({start}, {end})"
        equal = ", ".join(f"{column[name]} WITH =" for name in self.fields)
        held = f" WHERE ({column[self.only[0]]} IN ({values}))" if self.only else ""
        yield Statement(
            f"ALTER TABLE %(table)s ADD CONSTRAINT {schema_editor.quote_name(self.name)} "
            f"EXCLUDE USING gist ({equal}, {reach} WITH &&){held}",
            table=table,
        )
