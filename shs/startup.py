"""What every way of starting the project has in common: where a setting cannot be used, the process ends with one line
and not with a traceback. Django is imported late: quickstart has something to say before."""

import os
import sys
from collections.abc import Sequence
from contextlib import suppress

from shs.demo.environment import prepare

WITHOUT_SETTINGS: tuple[list[str], ...] = ([], ["help"], ["-h"], ["--help"], ["version"], ["--version"])
"""Commands that Django answers whatever the settings are."""

CANNOT_START = 3
"""The exit status on which gunicorn ends, and does not start the same worker again and again."""


def require_settings() -> None:
    """Read the settings. One that cannot be used is said in one line; then the process ends."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shs.settings")

    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured

    try:
        settings.INSTALLED_APPS  # noqa: B018  Django reads its settings when one is asked for
    except ImproperlyConfigured as error:
        sys.stderr.write(f"Cannot start: {error}\n")
        raise SystemExit(CANNOT_START) from None
    if str(settings.DATABASES["default"]["NAME"]).startswith(f"{settings.DATA_DIR}{os.sep}"):
        with suppress(OSError):  # the database itself says what it cannot do
            settings.DATA_DIR.mkdir(exist_ok=True)


def run_command(arguments: Sequence[str]) -> None:
    """Run the command of `manage.py` that `arguments` name (the first is manage.py itself)."""
    if arguments[1:2] == ["quickstart"]:
        prepare(arguments[2:])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shs.settings")
    if list(arguments[1:]) not in WITHOUT_SETTINGS:
        require_settings()

    from django.core.management import execute_from_command_line

    execute_from_command_line(list(arguments))
