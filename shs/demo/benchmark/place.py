"""Where the benchmark's rows are: a scratch database of its own beside the one of DATABASE_URL."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.management import CommandError
from django.db import connection

from shs.users.models import User


@contextmanager
def scratch(keep: str) -> Iterator[bool]:
    """Work in a scratch database; yields whether it is new. `keep` is where it stays, to be used again: a file for
    SQLite, the name of a database for PostgreSQL. Raises CommandError for a database with other people's data."""
    place = _file(keep) if connection.vendor == "sqlite" else _server(keep)
    with place as name:
        before = connection.settings_dict["NAME"]
        _turn_to(name)
        try:
            yield not _is_filled()
        finally:
            _turn_to(before)


def _turn_to(name: str) -> None:
    """Let this process's connections, also those that threads will open, lead to another database."""
    connection.close()
    connection.settings_dict["NAME"] = name


def _is_filled() -> bool:
    """Whether the network is there. Its accounts are told by their addresses; any other account is somebody's."""
    if User._meta.db_table not in connection.introspection.table_names():
        return False
    if User.objects.exclude(email__endswith=".example").exists():
        raise CommandError("This database holds other people's data: name another place by --keep.")
    return User.objects.exists()


@contextmanager
def _file(keep: str) -> Iterator[str]:
    if keep:
        yield str(Path(keep).resolve())
        return
    with TemporaryDirectory(prefix="shs-benchmark-") as folder:
        yield str(Path(folder) / "db.sqlite3")


@contextmanager
def _server(keep: str) -> Iterator[str]:
    name = keep or "shs_benchmark"
    quoted = connection.ops.quote_name(name)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        there = cursor.fetchone() is not None
        if there and not keep:
            cursor.execute(f"DROP DATABASE {quoted}")
        if not (there and keep):
            cursor.execute(f"CREATE DATABASE {quoted}")
    yield name
    if not keep:
        connection.close()
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {quoted}")
