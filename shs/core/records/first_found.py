"""The first rows of a search, looked up by its indexes whatever their number."""

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model, QuerySet, Subquery
from django.db.models.sql.compiler import SQLCompiler


def all_of(vendor: str) -> str:
    """The SQL of the rows of a query, whose place is %s, to be read one after the other. PostgreSQL plans a
    materialized query as if all its rows were read, and reads only as many as are wanted."""
    return "(WITH found AS MATERIALIZED (%s) SELECT * FROM found)" if vendor == "postgresql" else "(%s)"


class FirstFound(Subquery):
    """At most `most` rows of `rows`, in no order, for `pk__in`.

    PostgreSQL cannot know how frequent a word is that is misspelt or cut off. For a few rows of many that it expects,
    it would read the table until it has found them: for a minute if nobody has that name."""

    template = "(SELECT * FROM (%(subquery)s) every LIMIT %(most)s)"

    def __init__(self, rows: "QuerySet[Model, object]", *, most: int) -> None:
        super().__init__(rows, most=most)

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, list[object]]:
        rows = all_of(connection.vendor) % "%(subquery)s"
        template = f"(SELECT * FROM {rows} every LIMIT %(most)s)"  # noqa: S608
        sql, params = self.as_sql(compiler, connection, template=template)
        return sql, list(params)
