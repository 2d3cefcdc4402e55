"""Search in large tables: by words of a column with a WordsIndex (`name__words`), by a part of a column with a
GramsIndex (`digits__holds`), and by the beginning of a column with an index (`number__begins`). None reads the whole
table."""

import re
from collections.abc import Sequence

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement, Table
from django.db.models import CharField, Field, Index, Lookup, Model, TextField
from django.db.models.expressions import Col
from django.db.models.sql.compiler import SQLCompiler

from shs.core.names import Term

WORD = re.compile(r"\w[^\s\"'&|!():*<>\\\x00]*")
MOST_WORDS = 8
LAST = "\U0010ffff"
"""No text that begins with x sorts after x followed by this character."""
Sql = tuple[str, list[object]]


def words_of(text: str) -> list[str]:
    """The words of a search text, at most MOST_WORDS."""
    return WORD.findall(text)[:MOST_WORDS]


class WordsIndex(Index):
    """An index of the words of one text column. On SQLite it is a full-text table of this name, which is filled at the
    end of the migration that makes it, and which triggers keep up to date."""

    on_postgresql = "to_tsvector('simple', {column})"
    on_sqlite = "prefix='1 2 3', tokenize=\"unicode61 categories 'L* N* Co Mn Mc'\""

    def create_sql(
        self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor, using: str = "", **kwargs: object
    ) -> Statement:
        quote = schema_editor.quote_name
        table, column, name = Table(model._meta.db_table, quote), quote(self.fields[0]), quote(self.name)
        if schema_editor.connection.vendor == "postgresql":
            indexed = self.on_postgresql.format(column=column)
            return Statement(f"CREATE INDEX {name} ON %(table)s USING gin ({indexed})", table=table)
        key = quote(str(model._meta.pk.column))
        made = Statement(
            f"CREATE VIRTUAL TABLE IF NOT EXISTS {name} USING fts5({column}, content=%(table)s, content_rowid={key}, "
            f"{self.on_sqlite})",
            table=table,
        )
        add = f"INSERT INTO {name}(rowid, {column}) VALUES (NEW.{key}, NEW.{column});"  # noqa: S608
        drop = f"INSERT INTO {name}({name}, rowid, {column}) VALUES ('delete', OLD.{key}, OLD.{column});"  # noqa: S608
        last = [made.template]  # of a new table Django makes the indexes at the end, too, and after these
        for event, when, body in (
            ("insert", "INSERT", add),
            ("delete", "DELETE", drop),
            ("update", f"UPDATE OF {column}", drop + add),
        ):
            last.append(f"CREATE TRIGGER {quote(f'{self.name}_{event}')} AFTER {when} ON %(table)s BEGIN {body} END")
        last.append(f"INSERT INTO {name}({name}) VALUES ('rebuild')")  # noqa: S608
        schema_editor.deferred_sql.extend(Statement(sql, table=table) for sql in last)
        return made

    def remove_sql(self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor, **kwargs: object) -> object:
        if schema_editor.connection.vendor == "postgresql":
            return super().remove_sql(model, schema_editor, **kwargs)
        for event in ("insert", "delete", "update"):
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {schema_editor.quote_name(f'{self.name}_{event}')}")
        return f"DROP TABLE {schema_editor.quote_name(self.name)}"


class GramsIndex(WordsIndex):
    """An index of all parts of one text column that have at least three characters: trigrams, of pg_trgm or of FTS5."""

    on_postgresql = "{column} gin_trgm_ops"
    on_sqlite = "tokenize='trigram'"


def words_index(field: "Field[object, object]", kind: type[WordsIndex] = WordsIndex) -> WordsIndex | None:
    """The WordsIndex of `field`, or its index of another `kind`; None if it has none."""
    found = (index for index in field.model._meta.indexes if type(index) is kind)
    return next((index for index in found if index.fields == [field.name]), None)


def matches(lookup: "Lookup[str]", terms: Sequence[Sequence[Term]], compiler: SQLCompiler) -> Sql:
    """The condition that the column of a lookup, which has a WordsIndex, contains one of each group of `terms`."""
    if not terms:
        return "1 = 0", []
    if compiler.connection.vendor == "postgresql":
        left, params = lookup.process_lhs(compiler, compiler.connection)
        query = " & ".join(_one_of(group, " | ", "'", ":*") for group in terms)
        return f"to_tsvector('simple', {left}) @@ to_tsquery('simple', %s)", [*params, query]
    return _in_table(lookup, compiler, WordsIndex, " AND ".join(_one_of(group, " OR ", '"', "*") for group in terms))


def _one_of(terms: Sequence[Term], either: str, quote: str, star: str) -> str:
    words = (f"{quote}{term.text}{quote}{star if term.begins else ''}" for term in terms)
    return f"({either.join(words)})"


def _in_table(lookup: "Lookup[str]", compiler: SQLCompiler, kind: type[WordsIndex], query: str) -> Sql:
    """The condition that the full-text table of SQLite of a lookup's column matches."""
    if not isinstance(lookup.lhs, Col) or (index := words_index(lookup.lhs.target, kind)) is None:
        raise TypeError(f"This column has no {kind.__name__}.")
    key, _params = compiler.compile(Col(lookup.lhs.alias, lookup.lhs.target.model._meta.pk))
    name = compiler.connection.ops.quote_name(index.name)
    return f"{key} IN (SELECT rowid FROM {name} WHERE {name} MATCH %s)", [query]  # noqa: S608


@CharField.register_lookup
@TextField.register_lookup
class HasWords(Lookup):
    """`name__words="ali rah"`: each word must begin a word in the column. Only for columns with a WordsIndex."""

    lookup_name = "words"
    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Sql:
        return matches(self, [[Term(word, begins=True)] for word in words_of(str(self.rhs))], compiler)


@CharField.register_lookup
@TextField.register_lookup
class Holds(Lookup):
    """`digits__holds="1712"`: the column contains this text of at least three characters anywhere. Only for columns
    with a GramsIndex."""

    lookup_name = "holds"
    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Sql:
        text = str(self.rhs).replace("\x00", "")
        if len(text) < 3:
            return "1 = 0", []
        if connection.vendor == "postgresql":
            left, params = self.process_lhs(compiler, connection)
            return f"{left} LIKE %s", [*params, f"%{_escaped(text)}%"]
        return _in_table(self, compiler, GramsIndex, '"' + text.replace('"', '""') + '"')


def _escaped(text: str) -> str:
    """`text` for LIKE, in which no character has a meaning of its own."""
    return re.sub(r"([\\%_])", r"\\\1", text)


@CharField.register_lookup
class Begins(Lookup):
    """`number__begins="APT-2026"`: the column begins with this text, case-sensitive. Uses the column's index on both
    databases; `startswith` does so only on PostgreSQL."""

    lookup_name = "begins"
    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Sql:
        left, params = self.process_lhs(compiler, connection)
        text = str(self.rhs).replace("\x00", "")
        if connection.vendor == "postgresql":
            return f"{left} LIKE %s", [*params, f"{_escaped(text)}%"]
        return f"({left} >= %s AND {left} < %s)", [*params, text, *params, text + LAST]
