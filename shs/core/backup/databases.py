"""Dumps and restores the database as a stream of bytes, by SQLite's backup API or pg_dump's custom format."""

import os
import shutil
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, NamedTuple, Protocol
from urllib.parse import quote, urlencode

from django.db import connection
from django.db.backends.utils import CursorWrapper

from shs.core.errors import Refused
from shs.core.postgresql.base import DeadlineConnection

FILE_OPTIONS = {
    "dbname": "PGDATABASE",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "host": "PGHOST",
    "port": "PGPORT",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "service": "PGSERVICE",
}
"""What psycopg is told of the server → how its programs read it: never on a command line, which others can see."""

LONG_SECONDS = 6 * 60 * 60.0

HOLD = "INSERT INTO core_restore (file, taken_at, restored_at, reason, withdraws_due)"


def database_url(name: str = "") -> str:
    """The DATABASE_URL by which another process can use the present database or, on the same server of PostgreSQL, the
    database `name`."""
    if connection.vendor == "sqlite":
        return f"sqlite:///{connection.settings_dict['NAME']}"
    told = {key: str(value) for key, value in connection.get_connection_params().items() if key in FILE_OPTIONS}
    login = ":".join(quote(told[key], safe="") for key in ("user", "password") if key in told)
    host = quote(told.get("host", ""), safe="") + (f":{told['port']}" if "port" in told else "")
    options = urlencode({key: value for key, value in told.items() if key.startswith("ssl")})
    database = quote(name or told["dbname"], safe="")
    return f"postgres://{login}{'@' if login else ''}{host}/{database}" + (f"?{options}" if options else "")


class CannotRun(Refused):
    """The database, or one of its programs, is missing or has failed; the message has its first error line."""


class Snapshot(NamedTuple):
    """A consistent dump of the database, and the number of rows of each table."""

    content: IO[bytes]
    rows: dict[str, int]


class Hold(NamedTuple):
    """The row that stops a restored database from sending: the file name, and two times in ISO 8601."""

    file: str
    taken_at: str
    restored_at: str


class Loading(Protocol):
    """A restore in progress; nothing is visible in the database before `finish`."""

    def write(self, content: bytes) -> object: ...

    def finish(self, hold: Hold) -> None: ...


def is_empty() -> bool:
    """Whether the present database has no tables."""
    return not connection.introspection.table_names()


@contextmanager
def snapshot() -> Iterator[Snapshot]:
    """Dump the present database. Changes during the dump are not included; writers are not blocked."""
    with _SNAPSHOTS[connection.vendor]() as found:
        yield found


@contextmanager
def loading() -> Iterator[Loading]:
    """Context manager: restore into the present database, which must be empty. Rolled back without `finish`."""
    with _LOADING[connection.vendor]() as found:
        yield found


# --- SQLite ----------------------------------------------------------------------------------------------------------


@contextmanager
def _sqlite_snapshot() -> Iterator[Snapshot]:
    file = Path(connection.settings_dict["NAME"])
    # Beside the database: on the same disk, and with the same protection.
    with TemporaryDirectory(dir=file.parent, prefix=f".{file.stem}-backup-") as folder, ExitStack() as stack:
        copy = Path(folder) / "copy.sqlite3"
        source = _closed_after(stack, sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=20))
        target = _closed_after(stack, sqlite3.connect(copy))
        # Copy all pages in one step, which is one read transaction; several steps would start again after each write.
        source.backup(target)
        tables = [
            name
            for (name,) in target.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            )
        ]
        rows = {name: target.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in tables}  # noqa: S608
        target.close()
        yield Snapshot(stack.enter_context(copy.open("rb")), rows)


def _closed_after(stack: ExitStack, opened: sqlite3.Connection) -> sqlite3.Connection:
    stack.callback(opened.close)
    return opened


class _SqliteLoading:
    def __init__(self, part: Path, file: Path):
        self.part, self.file, self.target = part, file, part.open("wb")

    def write(self, content: bytes) -> object:
        return self.target.write(content)

    def finish(self, hold: Hold) -> None:
        self.target.close()
        with ExitStack() as stack:
            opened = _closed_after(stack, sqlite3.connect(self.part))
            try:
                opened.execute(f"{HOLD} VALUES (?, ?, ?, '', 1)", hold)
                opened.commit()
            except sqlite3.DatabaseError as error:
                raise CannotRun(f"The backup holds no database of ours: {error}") from None
        with self.part.open("rb") as written:
            os.fsync(written.fileno())
        connection.close()
        for ending in ("-wal", "-shm"):  # files of the former, empty database
            Path(f"{self.file}{ending}").unlink(missing_ok=True)
        self.part.replace(self.file)


@contextmanager
def _sqlite_loading() -> Iterator[Loading]:
    file = Path(connection.settings_dict["NAME"])
    part = file.with_name(f".{file.name}.restoring")
    found = _SqliteLoading(part, file)
    try:
        yield found
    finally:
        found.target.close()
        for left in (part, *(Path(f"{part}{ending}") for ending in ("-wal", "-shm", "-journal"))):
            left.unlink(missing_ok=True)


# --- PostgreSQL ------------------------------------------------------------------------------------------------------


def server_environment() -> dict[str, str]:
    """The environment variables by which PostgreSQL's programs connect to the present database."""
    told = connection.get_connection_params()
    return os.environ | {FILE_OPTIONS[name]: str(value) for name, value in told.items() if name in FILE_OPTIONS}


def _program(name: str, *arguments: str, **streams: "int | IO[bytes] | None") -> "subprocess.Popen[bytes]":
    if not shutil.which(name):
        raise CannotRun(f"{name} is not installed: it comes with PostgreSQL's client programs.")
    running: subprocess.Popen[bytes] = subprocess.Popen(  # noqa: S603  (no argument comes from outside)
        [name, *arguments],
        env=server_environment(),
        stderr=subprocess.PIPE,
        **streams,  # type: ignore[call-overload]
    )
    return running


def _require_success(name: str, process: "subprocess.Popen[bytes]") -> None:
    assert process.stderr
    words = process.stderr.read().decode(errors="replace").strip().splitlines()
    if process.wait():
        raise CannotRun(f"{name} failed: {words[0] if words else process.returncode}")


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Kill a program that is still running, and close its pipes."""
    if process.poll() is None:
        process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream:
            with suppress(OSError):
                stream.close()


@contextmanager
def long_cursor() -> Iterator[CursorWrapper]:
    """Context manager: a cursor on a new connection to the present PostgreSQL database, without a statement timeout."""
    other = connection.copy()
    try:
        other.connect()
        if isinstance(other.connection, DeadlineConnection):
            other.connection.answer_seconds = LONG_SECONDS
        with other.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0")
            yield cursor
    finally:
        other.close()


@contextmanager
def _postgresql_snapshot() -> Iterator[Snapshot]:
    with long_cursor() as cursor:
        # Count the rows in the same snapshot that pg_dump reads.
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        name = cursor.fetchone()[0]
        rows = {}
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608  a name of our own
            rows[table] = cursor.fetchone()[0]
        # Without compression, because the archive is compressed.
        options = ("--format=custom", "--compress=0", "--no-owner", "--no-privileges", f"--snapshot={name}")
        dump = _program("pg_dump", *options, "--lock-wait-timeout=30s", stdout=subprocess.PIPE)
        try:
            assert dump.stdout
            yield Snapshot(dump.stdout, rows)
            _require_success("pg_dump", dump)
        finally:
            _end(dump)


class _PostgresqlLoading:
    """pg_restore converts the dump to SQL, and psql runs that in one transaction together with the Restore row."""

    def __init__(self, reader: "subprocess.Popen[bytes]", writer: "subprocess.Popen[bytes]"):
        assert reader.stdin and reader.stdout and writer.stdin
        self.reader, self.writer = reader, writer
        self.source, self.target = reader.stdin, writer.stdin
        self.pump = threading.Thread(target=self._pump, args=(reader.stdout,), daemon=True)
        self.pump.start()

    def _pump(self, sql: IO[bytes]) -> None:
        with suppress(BrokenPipeError, ValueError):  # psql has failed; finish() reports why
            shutil.copyfileobj(sql, self.target)
        sql.close()

    def write(self, content: bytes) -> object:
        with suppress(BrokenPipeError):  # as above
            self.source.write(content)
        return None

    def finish(self, hold: Hold) -> None:
        with suppress(BrokenPipeError):
            self.source.close()
        self.pump.join()
        if self.writer.poll() is not None:
            _require_success("psql", self.writer)
        _require_success("pg_restore", self.reader)
        values = ", ".join("'" + value.replace("'", "''") + "'" for value in hold)
        with suppress(BrokenPipeError):
            # The dump empties the search path.
            self.target.write(f"{HOLD.replace('core_', 'public.core_')} VALUES ({values}, '', true);\n".encode())
            self.target.close()
        _require_success("psql", self.writer)


@contextmanager
def _postgresql_loading() -> Iterator[Loading]:
    pipe = subprocess.PIPE
    writer = _program(
        "psql", "--quiet", "--no-psqlrc", "--single-transaction", "--set=ON_ERROR_STOP=1", "--output=/dev/null",
        stdin=pipe,
    )  # fmt: skip
    reader = _program("pg_restore", "--no-owner", "--no-privileges", "--file=-", stdin=pipe, stdout=pipe)
    try:
        yield _PostgresqlLoading(reader, writer)
    finally:
        # Stop psql first: without COMMIT it stores nothing.
        _end(writer)
        _end(reader)


_SNAPSHOTS = {"sqlite": _sqlite_snapshot, "postgresql": _postgresql_snapshot}
_LOADING = {"sqlite": _sqlite_loading, "postgresql": _postgresql_loading}
