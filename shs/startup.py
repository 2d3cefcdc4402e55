"""Starts the project: an invalid setting ends the process with one line and without a traceback. Django is imported
late, so that quickstart can print something first."""

import gc
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from shs.demo.environment import prepare

WITHOUT_SETTINGS: tuple[list[str], ...] = ([], ["help"], ["-h"], ["--help"], ["version"], ["--version"])
"""Commands that work with invalid settings."""

NEW_OBJECTS = 20_000
"""So many new objects let Python look for garbage, in a command: nearly all that are made while the apps are loaded and
migrations run stay, and looking through them after every 700 takes a tenth of the time."""

CANNOT_START = 3
"""With this exit status gunicorn ends and does not restart the worker."""


def require_settings() -> None:
    """Load the settings; if one is invalid, print one line and end the process."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shs.settings")

    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured

    try:
        settings.INSTALLED_APPS  # noqa: B018  Django reads its settings when one is asked for
    except ImproperlyConfigured as error:
        sys.stderr.write(f"Cannot start: {error}\n")
        raise SystemExit(CANNOT_START) from None
    if str(settings.DATABASES["default"]["NAME"]).startswith(f"{settings.DATA_DIR}{os.sep}"):
        with suppress(OSError):  # a later error of the database explains it
            settings.DATA_DIR.mkdir(mode=0o700, exist_ok=True)
    _keep_private(0o700, settings.DATA_DIR, settings.MEDIA_ROOT)
    if str(settings.DATABASES["default"]["ENGINE"]).endswith("sqlite3"):
        _keep_database_private(str(settings.DATABASES["default"]["NAME"]))


def _keep_private(mode: int, *paths: str | Path) -> None:
    """Let only the server's own user read these files or folders, also those that an earlier version has made."""
    for path in map(Path, paths):
        with suppress(OSError):  # not there, or not ours
            if path.stat().st_mode & 0o077:
                path.chmod(mode)


def _keep_database_private(database: str) -> None:
    """Let only the server's own user read the database, whatever the umask; SQLite makes its other files alike."""
    _keep_private(0o600, database, f"{database}-wal", f"{database}-shm")
    with suppress(OSError):
        os.close(os.open(database, os.O_CREAT | os.O_RDWR, 0o600))


def run_command(arguments: Sequence[str]) -> None:
    """Run a command of `manage.py`; the first of `arguments` is manage.py itself."""
    gc.set_threshold(NEW_OBJECTS)
    if arguments[1:2] == ["quickstart"]:
        prepare(arguments[2:])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shs.settings")
    if list(arguments[1:]) not in WITHOUT_SETTINGS:
        require_settings()

    from django.core.management import execute_from_command_line

    execute_from_command_line(list(arguments))
