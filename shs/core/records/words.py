"""Finding rows of a large table by what somebody types: by words of a column that has a WordsIndex (`name__words`), and
by the beginning of a column with an index (`number__begins`). Neither reads the table."""

import re

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement, Table
from django.db.models import CharField, Field, Index, Lookup, Model, TextField
from django.db.models.expressions import Col
from django.db.models.sql.compiler import SQLCompiler

WORD = re.compile(r"\w[^\s\"'&|!():*<>\\\x00]*")
MOST_WORDS = 8
LAST = "\U0010ffff"
"""No text that begins with x is greater than x followed by this letter."""
Sql = tuple[str, list[object]]


def words_of(text: str) -> list[str]:
    """The words of what somebody typed, at most MOST_WORDS."""
    return WORD.findall(text)[:MOST_WORDS]


class WordsIndex(Index):
    """An index of the words of one text column; its name, on SQLite, is that of a full-text table beside the model's,
    which triggers keep up to date. A migration that adds it to a table with rows runs `fill` afterwards."""

    def create_sql(
        self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor, using: str = "", **kwargs: object
    ) -> Statement:
        quote = schema_editor.quote_name
        table, column, name = Table(model._meta.db_table, quote), quote(self.fields[0]), quote(self.name)
        if schema_editor.connection.vendor == "postgresql":
            return Statement(
                f"CREATE INDEX {name} ON %(table)s USING gin (to_tsvector('simple', {column}))", table=table
            )
        key = quote(str(model._meta.pk.column))
        add = f"INSERT INTO {name}(rowid, {column}) VALUES (NEW.{key}, NEW.{column});"  # noqa: S608
        drop = f"INSERT INTO {name}({name}, rowid, {column}) VALUES ('delete', OLD.{key}, OLD.{column});"  # noqa: S608
        for event, when, body in (
            ("insert", "INSERT", add),
            ("delete", "DELETE", drop),
            ("update", f"UPDATE OF {column}", drop + add),
        ):
            trigger = quote(f"{self.name}_{event}")
            sql = f"CREATE TRIGGER {trigger} AFTER {when} ON %(table)s BEGIN {body} END"
            schema_editor.deferred_sql.append(Statement(sql, table=table))
        return Statement(
            f"CREATE VIRTUAL TABLE IF NOT EXISTS {name} USING fts5({column}, content=%(table)s, content_rowid={key}, "
            "prefix='1 2 3', tokenize=\"unicode61 categories 'L* N* Co Mn Mc'\")",
            table=table,
        )

    def remove_sql(self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor, **kwargs: object) -> object:
        if schema_editor.connection.vendor == "postgresql":
            return super().remove_sql(model, schema_editor, **kwargs)
        for event in ("insert", "delete", "update"):
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {schema_editor.quote_name(f'{self.name}_{event}')}")
        return f"DROP TABLE {schema_editor.quote_name(self.name)}"

    def fill(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        """Index the rows that are there already."""
        if schema_editor.connection.vendor == "sqlite":
            name = schema_editor.quote_name(self.name)
            schema_editor.execute(f"INSERT INTO {name}({name}) VALUES ('rebuild')")  # noqa: S608


def words_index(field: "Field[object, object]") -> WordsIndex | None:
    """The index of the words of `field`, if it has one."""
    found = (index for index in field.model._meta.indexes if isinstance(index, WordsIndex))
    return next((index for index in found if index.fields == [field.name]), None)


@CharField.register_lookup
@TextField.register_lookup
class HasWords(Lookup):
    """`name__words="ali rah"`: each word stands in the column, at least as the beginning of a word of it. Only for
    columns with a WordsIndex."""

    lookup_name = "words"
    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Sql:
        words = words_of(str(self.rhs))
        if not words:
            return "1 = 0", []
        if connection.vendor == "postgresql":
            left, params = self.process_lhs(compiler, connection)
            query = " & ".join(f"'{word}':*" for word in words)
            return f"to_tsvector('simple', {left}) @@ to_tsquery('simple', %s)", [*params, query]
        if not isinstance(self.lhs, Col) or (index := words_index(self.lhs.target)) is None:
            raise TypeError("This column has no WordsIndex.")
        key, _params = compiler.compile(Col(self.lhs.alias, self.lhs.target.model._meta.pk))
        name = connection.ops.quote_name(index.name)
        query = " ".join(f'"{word}"*' for word in words)
        return f"{key} IN (SELECT rowid FROM {name} WHERE {name} MATCH %s)", [query]  # noqa: S608


@CharField.register_lookup
class Begins(Lookup):
    """`number__begins="APT-2026"`: the beginning of the column, as it is written. Uses the column's index, as
    `startswith` does on PostgreSQL alone."""

    lookup_name = "begins"
    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Sql:
        left, params = self.process_lhs(compiler, connection)
        text = str(self.rhs).replace("\x00", "")
        if connection.vendor == "postgresql":
            pattern = re.sub(r"([\\%_])", r"\\\1", text)
            return f"{left} LIKE %s", [*params, f"{pattern}%"]
        return f"({left} >= %s AND {left} < %s)", [*params, text, *params, text + LAST]
