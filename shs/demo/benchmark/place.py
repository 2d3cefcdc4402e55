"""The scratch database of the benchmark, beside the one in DATABASE_URL."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.management import CommandError
from django.db import connection

from shs.users.models import User


@contextmanager
def scratch(keep: str) -> Iterator[bool]:
    """Context manager: work in a scratch database; yields whether it is new. With `keep` it is kept for later runs: the
    path of a file for SQLite, the name of a database for PostgreSQL. Raises CommandError for a database with other
    data."""
    place = _file(keep) if connection.vendor == "sqlite" else _server(keep)
    with place as name:
        before = connection.settings_dict["NAME"]
        _turn_to(name)
        try:
            yield not _is_filled()
        finally:
            _turn_to(before)


def _turn_to(name: str) -> None:
    """Make all connections of this process, also those opened by threads later, use another database."""
    connection.close()
    connection.settings_dict["NAME"] = name


def _is_filled() -> bool:
    """Whether the database contains the demo network. Accounts with other addresses belong to somebody else; the demo's
    newcomers have none."""
    if User._meta.db_table not in connection.introspection.table_names():
        return False
    if User.objects.exclude(email=None).exclude(email__endswith=".example").exists():
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
