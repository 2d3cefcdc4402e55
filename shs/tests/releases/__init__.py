"""Databases that earlier releases made and seeded, one SQL file a release and kind of database.

To keep the database of a new release, run on its commit, for each kind of database:

    DEBUG=on python -m shs.tests.releases v1.1.0
    DEBUG=on DATABASE_URL=postgres://postgres@127.0.0.1:5432/release python -m shs.tests.releases v1.1.0

The database that is named must not exist; it is made, migrated, seeded with a small network, written and dropped again.
PostgreSQL needs `pg_dump` for this; the tests that read the files need no program.
"""

import gzip
import re
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import sqlparse
from django.contrib.contenttypes.models import ContentType
from django.db import connection

FOLDER = Path(__file__).parent
SMALL = {"doctors": 11, "patients": 24, "days": 20}
"""The size of the network in a kept database."""

NAMED_BY_DJANGO = re.compile(r"(?<=^fk_)[0-9]+$|(?<=^__unnamed_constraint_)[0-9]+(?=__$)|^\w+_[0-9a-f]{8}$")
"""What differs in names that nobody has chosen: numbers in the order of creation (SQLite), and the whole name of the
index of a foreign key, which keeps the column's first name."""

parse = cache(sqlparse.parse)
"""Django parses the statement of a SQLite table three times to describe it, and most are the same in two databases."""


def releases() -> list[str]:
    """The releases whose database is kept, the earliest first."""
    found = {path.name.split("-")[0] for path in FOLDER.glob(f"v*-{connection.vendor}.sql.gz")}
    return sorted(found, key=lambda name: [int(part) for part in name.removeprefix("v").split(".")])


def schema() -> dict[str, list[str]]:
    """For each table, its columns, indexes and constraints in words, sorted."""
    found: dict[str, list[str]] = {}
    parsed_once = patch("django.db.backends.sqlite3.introspection.sqlparse.parse", parse)
    with connection.cursor() as cursor, parsed_once:
        for table in connection.introspection.table_names(cursor):
            if table.startswith("sqlite_stat"):
                continue  # ANALYZE has made it
            columns = connection.introspection.get_table_description(cursor, table)
            named = connection.introspection.get_constraints(cursor, table)
            rules = (f"{NAMED_BY_DJANGO.sub('', name)}: {what}" for name, what in named.items())
            found[table] = sorted([*map(str, columns), *rules])
    return found


def path_of(release: str) -> Path:
    return FOLDER / f"{release}-{connection.vendor}.sql.gz"


@contextmanager
def scratch_database(name: str) -> Iterator[None]:
    """Django's default connection leads to a new, empty database `name` (SQLite: a path) until the end of the block."""
    before = connection.settings_dict["NAME"]
    connection.close()
    if connection.vendor == "postgresql":
        with connection._nodb_cursor() as cursor:  # type: ignore[attr-defined]
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
            cursor.execute(f'CREATE DATABASE "{name}"')
    connection.settings_dict["NAME"] = name
    ContentType.objects.clear_cache()  # their ids differ between databases
    try:
        yield
    finally:
        connection.close()
        ContentType.objects.clear_cache()
        connection.settings_dict["NAME"] = before
        if connection.vendor == "postgresql":
            with connection._nodb_cursor() as cursor:  # type: ignore[attr-defined]
                cursor.execute(f'DROP DATABASE "{name}"')


def load(release: str) -> None:
    """Fill the empty database of the default connection with what `release` made."""
    text = gzip.decompress(path_of(release).read_bytes()).decode()
    connection.ensure_connection()
    if connection.vendor == "sqlite":
        raw: Any = connection.connection
        raw.execute("PRAGMA foreign_keys=OFF")
        raw.executescript(text)
        connection.close()
        return
    with connection.cursor() as cursor:
        cursor.execute(text)
    connection.close()  # the file sets the search path of its connection


def dump() -> str:
    """The database of the default connection as SQL."""
    named = connection.settings_dict
    if connection.vendor == "sqlite":
        with sqlite3.connect(named["NAME"]) as database:
            return "\n".join(database.iterdump())
    command = ["pg_dump", "--inserts", "--rows-per-insert=200", "--no-owner", "--no-privileges"]
    where = ["-h", named["HOST"], "-p", str(named["PORT"] or 5432), "-U", named["USER"], named["NAME"]]
    text = subprocess.run([*command, *where], check=True, capture_output=True, text=True).stdout  # noqa: S603 - our own words
    return re.sub(r"^\\(un)?restrict .*$", "", text, flags=re.MULTILINE)
