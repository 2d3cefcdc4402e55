"""The entry of DATABASES from DATABASE_URL, with the options that each kind of database needs."""

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
        # The address may contain a password, so it is not repeated in the message.
        raise ImproperlyConfigured("DATABASE_URL must look like postgres://user:password@host:5432/name.") from None
    match found.get("ENGINE"):
        case "django.db.backends.sqlite3":
            return found | _sqlite(BASE_DIR / str(found["NAME"]), folder, testing=testing)
        case "django.db.backends.postgresql":
            given = found.get("OPTIONS")
            return found | _postgresql(given if isinstance(given, dict) else {}, testing=testing)
    raise ImproperlyConfigured("DATABASE_URL must name a postgres:// or a sqlite:/// database.")


def _sqlite(file: Path, folder: Path, *, testing: bool) -> Options:
    # The default folder is created at the start, by startup.py.
    if not os.access(file.parent, os.W_OK) and (file.parent != folder or folder.exists()):
        raise ImproperlyConfigured(
            f"DATABASE_URL must name a file in a folder that exists and can be written to, not {str(file)!r}."
        )
    return {
        "NAME": str(file),
        # Each thread of the server keeps its connection, because opening one takes as long as a short request.
        "CONN_MAX_AGE": 600,
        "OPTIONS": {
            "timeout": 20,
            # Otherwise a transaction that reads first and writes later would fail with "database is locked".
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA foreign_keys=ON; "
            # In tests commits do not wait for the disk, and are written to the file itself, which is copied for each
            # process.
            + ("PRAGMA synchronous=OFF; PRAGMA wal_autocheckpoint=1;" if testing else "PRAGMA synchronous=FULL;"),
        },
        # Not in memory: race tests use threads with their own connections.
        "TEST": {"NAME": folder / "test.sqlite3"},
    }


def _postgresql(given: Options, *, testing: bool) -> Options:
    return {
        "ENGINE": "shs.core.postgresql",
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": given
        | {
            # Detects a broken connection in seconds; by default it takes two hours.
            "connect_timeout": 3,
            "keepalives_idle": 10,
            "keepalives_interval": 3,
            "keepalives_count": 3,
            "tcp_user_timeout": 10_000,  # milliseconds until unacknowledged data counts as lost
            # no jit: permission queries are long but return few rows, so compiling takes longer than running
            "options": "-c lock_timeout=5000 -c statement_timeout=15000 -c idle_in_transaction_session_timeout=30000"
            " -c jit=off" + (" -c synchronous_commit=off" if testing else ""),  # tests do not wait for the disk
        },
    }
