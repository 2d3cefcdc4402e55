"""Reads and writes whole tables of the test database as they are stored, without models."""

from functools import cache
from typing import Any

from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

Rows = Any
"""All rows of a table, to compare and to write back: tuples on SQLite, the bytes of COPY on PostgreSQL."""


def quoted(name: str) -> str:
    return connection.ops.quote_name(name)


@cache
def tables() -> list[str]:
    """The tables of all models, without that of the applied migrations."""
    every = connection.introspection.django_table_names(only_existing=True, include_views=False)
    return [name for name in every if name != MigrationRecorder.Migration._meta.db_table]


@cache
def _columns(name: str) -> list[str]:
    """The columns of a table on SQLite, without those that are computed."""
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA table_info({quoted(name)})")
        return [quoted(row[1]) for row in cursor.fetchall()]


def read(name: str) -> Rows:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {quoted(name)} TO STDOUT") as copy:
                return b"".join(copy)
        # A plus, because Python's driver converts the values of plain columns to dates, which it does not store.
        values = ", ".join(f"+{column}" for column in _columns(name))
        cursor.execute(f"SELECT {values} FROM {quoted(name)}")  # noqa: S608  the name of one of our tables
        return cursor.fetchall()


def write(name: str, rows: Rows) -> None:
    """Replace all rows of a table."""
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {quoted(name)}")  # noqa: S608
        if not rows:
            return
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {quoted(name)} FROM STDIN") as copy:
                copy.write(rows)
            return
        columns, places = ", ".join(_columns(name)), ", ".join(["%s"] * len(rows[0]))
        cursor.executemany(f"INSERT INTO {quoted(name)} ({columns}) VALUES ({places})", rows)  # noqa: S608


def counters() -> dict[str, int | None]:
    """The last primary key that each table, or its sequence on PostgreSQL, has given."""
    asked = (
        "SELECT quote_ident(sequencename), last_value FROM pg_sequences WHERE schemaname = current_schema()"
        if connection.vendor == "postgresql"
        else "SELECT name, seq FROM sqlite_sequence"
    )
    with connection.cursor() as cursor:
        cursor.execute(asked)
        return dict(cursor.fetchall())


def set_counters(last: dict[str, int | None]) -> None:
    """SQLite's own counters follow the rows that are written, but not rows that were deleted."""
    given = {name: number for name, number in last.items() if number is not None}
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            if given:
                each = ", ".join(["setval(%s, %s)"] * len(given))
                cursor.execute(f"SELECT {each}", [value for pair in given.items() for value in pair])
            return
        cursor.executemany("DELETE FROM sqlite_sequence WHERE name = %s", [[name] for name in given])
        cursor.executemany("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", list(given.items()))
