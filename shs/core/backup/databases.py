"""The database as a stream of bytes, and back: SQLite's backup API, and pg_dump's custom format."""

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


class CannotRun(Refused):
    """The database or one of its programs is missing or has failed; says which, and its first line."""


class Snapshot(NamedTuple):
    """The database at one moment: its bytes, and the rows of each table."""

    content: IO[bytes]
    rows: dict[str, int]


class Hold(NamedTuple):
    """The row by which a restored database sends nothing: from which file, and two instants in ISO 8601."""

    file: str
    taken_at: str
    restored_at: str


class Loading(Protocol):
    """A database that is being restored: nothing of it is there before `finish`."""

    def write(self, content: bytes) -> object: ...

    def finish(self, hold: Hold) -> None: ...


def is_empty() -> bool:
    """Whether the present database has no tables."""
    return not connection.introspection.table_names()


@contextmanager
def snapshot() -> Iterator[Snapshot]:
    """The present database. What is stored while it is read is not in it; nobody is kept from writing."""
    with _SNAPSHOTS[connection.vendor]() as found:
        yield found


@contextmanager
def loading() -> Iterator[Loading]:
    """Restore into the present database, which must be empty. What was not finished is undone."""
    with _LOADING[connection.vendor]() as found:
        yield found


# --- SQLite ----------------------------------------------------------------------------------------------------------


@contextmanager
def _sqlite_snapshot() -> Iterator[Snapshot]:
    file = Path(connection.settings_dict["NAME"])
    # Beside the database: on the same disk, and as well kept as it is.
    with TemporaryDirectory(dir=file.parent, prefix=".backup-") as folder, ExitStack() as stack:
        copy = Path(folder) / "copy.sqlite3"
        source = _closed_after(stack, sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=20))
        target = _closed_after(stack, sqlite3.connect(copy))
        # All pages in one step, which is one read transaction: in pieces it would begin again at each write.
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
        for ending in ("-wal", "-shm"):  # of the empty database that was there
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
    """The environment in which PostgreSQL's own programs reach the present database."""
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
    """Stop a program that is still running, and close what led to it."""
    if process.poll() is None:
        process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream:
            with suppress(OSError):
                stream.close()


@contextmanager
def long_cursor() -> Iterator[CursorWrapper]:
    """A cursor of a connection of its own to the present PostgreSQL, whose statements may take hours."""
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
        # The rows are counted in the very snapshot that pg_dump then reads.
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        name = cursor.fetchone()[0]
        rows = {}
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608  a name of our own
            rows[table] = cursor.fetchone()[0]
        # No compression: the archive is compressed as a whole.
        options = ("--format=custom", "--compress=0", "--no-owner", "--no-privileges", f"--snapshot={name}")
        dump = _program("pg_dump", *options, "--lock-wait-timeout=30s", stdout=subprocess.PIPE)
        try:
            assert dump.stdout
            yield Snapshot(dump.stdout, rows)
            _require_success("pg_dump", dump)
        finally:
            _end(dump)


class _PostgresqlLoading:
    """pg_restore makes SQL of the dump, and psql runs it in one transaction, to which the hold belongs."""

    def __init__(self, reader: "subprocess.Popen[bytes]", writer: "subprocess.Popen[bytes]"):
        assert reader.stdin and reader.stdout and writer.stdin
        self.reader, self.writer = reader, writer
        self.source, self.target = reader.stdin, writer.stdin
        self.pump = threading.Thread(target=self._pump, args=(reader.stdout,), daemon=True)
        self.pump.start()

    def _pump(self, sql: IO[bytes]) -> None:
        with suppress(BrokenPipeError, ValueError):  # psql has failed, and finish() says why
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
            # The dump leaves the search path empty.
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
        # psql first: where it was not told the end of the transaction, nothing of it is stored.
        _end(writer)
        _end(reader)


_SNAPSHOTS = {"sqlite": _sqlite_snapshot, "postgresql": _postgresql_snapshot}
_LOADING = {"sqlite": _sqlite_loading, "postgresql": _postgresql_loading}
