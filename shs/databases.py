"""The database that DATABASE_URL names, with what each kind of database needs."""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from shs.environment import BASE_DIR, env

Options = dict[str, object]
"""One entry of Django's DATABASES, or its OPTIONS."""


def database(folder: Path, *, testing: bool) -> Options:
    """The entry of DATABASES; SQLite in `folder` where DATABASE_URL is not set. Raises ImproperlyConfigured."""
    try:
        found: Options = dict(env.db_url("DATABASE_URL", default=f"sqlite:///{folder / 'db.sqlite3'}"))
    except (ValueError, ImproperlyConfigured):
        # The address may hold a password: it is not repeated here.
        raise ImproperlyConfigured("DATABASE_URL must look like postgres://user:password@host:5432/name.") from None
    match found.get("ENGINE"):
        case "django.db.backends.sqlite3":
            return found | _sqlite(BASE_DIR / str(found["NAME"]), folder, testing=testing)
        case "django.db.backends.postgresql":
            given = found.get("OPTIONS")
            return found | _postgresql(given if isinstance(given, dict) else {}, testing=testing)
    raise ImproperlyConfigured("DATABASE_URL must name a postgres:// or a sqlite:/// database.")


def _sqlite(file: Path, folder: Path, *, testing: bool) -> Options:
    # Our own folder is made at the start, by startup.py.
    if not os.access(file.parent, os.W_OK) and (file.parent != folder or folder.exists()):
        raise ImproperlyConfigured(
            f"DATABASE_URL must name a file in a folder that exists and can be written to, not {str(file)!r}."
        )
    return {
        "NAME": str(file),
        # A connection for each thread of the server: to open one costs as much as a short request.
        "CONN_MAX_AGE": 600,
        "OPTIONS": {
            "timeout": 20,
            # A transaction that reads first and writes later would otherwise fail with "database is locked".
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA foreign_keys=ON; "
            # Tests: no waiting for the disk, and every commit in the file itself, which is copied for each process.
            + ("PRAGMA synchronous=OFF; PRAGMA wal_autocheckpoint=1;" if testing else "PRAGMA synchronous=FULL;"),
        },
        # A file, not memory: the races are tested with real threads, each with a connection of its own.
        "TEST": {"NAME": folder / "test.sqlite3"},
    }


def _postgresql(given: Options, *, testing: bool) -> Options:
    return {
        "ENGINE": "shs.core.postgresql",
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": given
        | {
            # A broken connection is noticed in seconds; without these settings it takes two hours.
            "connect_timeout": 3,
            "keepalives_idle": 10,
            "keepalives_interval": 3,
            "keepalives_count": 3,
            "tcp_user_timeout": 10_000,  # milliseconds until what was sent and not acknowledged counts as lost
            # jit: the queries that ask for rights are long and find few rows; compiling them takes longer than running.
            "options": "-c lock_timeout=5000 -c statement_timeout=15000 -c idle_in_transaction_session_timeout=30000"
            " -c jit=off"
            + (" -c synchronous_commit=off" if testing else ""),  # tests: no waiting for the disk, as above
        },
    }
