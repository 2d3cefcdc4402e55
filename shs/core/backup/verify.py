"""Verifies a backup by restoring it into a scratch database and checking the result."""

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection, models
from django.db.utils import IntegrityError

from shs.core.backup.archive import About
from shs.core.backup.databases import database_url, long_cursor
from shs.core.discovery import collect
from shs.core.errors import Refused
from shs.core.records.files import CheckedFileField

ADDED = {"core_restore": 1}
"""Rows that restoring adds."""


class NotWhole(Refused):
    """The restored data differs from what the backup should contain."""


def verify(file: Path) -> str:
    """Restore `file` into a scratch database in a process of its own, and inspect it there; returns the output of that
    process. Raises NotWhole with its error."""
    with TemporaryDirectory(prefix="shs-verify-") as folder, scratch(Path(folder)) as address:
        names = {
            "DATABASE_URL": address,
            "MEDIA_ROOT": str(Path(folder) / "media"),
            "SECRET_KEY": settings.SECRET_KEY,
            "ALLOWED_HOSTS": ",".join(settings.ALLOWED_HOSTS),
            "DEBUG": "on" if settings.DEBUG else "off",
            "BACKUP_KEY": settings.BACKUP_KEY,
            "BACKUP_DIR": "",
            "AUDIT_DIGEST_FILE": "",  # digests after the backup would be missing
        }
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "restore", "--verify", str(file.resolve())]
        done = subprocess.run(  # noqa: S603  our own command
            command, env=os.environ | names, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False
        )
    if done.returncode:
        raise NotWhole((done.stderr.strip() or done.stdout.strip()).splitlines()[-1])
    return done.stdout.strip()


def inspect(said: About) -> None:
    """Inspect the present, just restored database: rows, constraints, migrations, the seals of the read log, uploads,
    and the checks in `restored.py` of each app. Raises Refused or CommandError."""
    _require_rows(said)
    _require_constraints()
    call_command("migrate", verbosity=0)
    call_command("check", databases=["default"], verbosity=0)
    call_command("verify_audit", at=datetime.fromisoformat(said["taken_at"]), verbosity=0)
    _require_uploads()
    for look in collect("restored"):
        if words := look():
            raise NotWhole(words)


@contextmanager
def scratch(folder: Path) -> Iterator[str]:
    """Context manager: the DATABASE_URL of an empty database, which is deleted afterwards."""
    if connection.vendor == "sqlite":
        yield f"sqlite:///{folder / 'scratch.sqlite3'}"
        return
    name = f"shs_verify_{secrets.token_hex(6)}"
    with long_cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
        try:
            yield database_url(name)
        finally:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _require_rows(said: About) -> None:
    with connection.cursor() as cursor:
        for table, count in said["rows"].items():
            cursor.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608  a name of our own
            found = cursor.fetchone()[0] - ADDED.get(table, 0)
            if found != count:
                raise NotWhole(f"{table} has {found} rows, and had {count}.")


def _require_constraints() -> None:
    """Check foreign keys on SQLite, which does not check them on restore; PostgreSQL does."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA integrity_check")
            if (words := cursor.fetchone()[0]) != "ok":
                raise NotWhole(f"The database is damaged: {words}")
    try:
        connection.check_constraints()
    except IntegrityError as error:
        raise NotWhole(f"A key leads nowhere: {error}") from None


def _require_uploads() -> None:
    """Every file named by a row exists, and the newest one of each field can be opened."""
    for model in apps.get_models():
        for field in model._meta.local_concrete_fields:
            if isinstance(field, CheckedFileField):
                _require_files(model, field.name)


def _require_files(model: type[models.Model], field: str) -> None:
    last: dict[str, Path] = {}
    names = model._base_manager.exclude(**{field: ""}).exclude(**{field: None}).values_list(field, flat=True)
    for name in names.order_by("pk").iterator():
        place = Path(settings.MEDIA_ROOT) / name
        if not place.is_file():
            raise NotWhole(f"A file of {model._meta.label} is missing: {name}")
        last[place.suffix] = place
    for place in last.values():
        if not _opens(place):
            raise NotWhole(f"A file of {model._meta.label} cannot be opened: {place.name}")


def _opens(file: Path) -> bool:
    if file.suffix == ".pdf":
        content = file.read_bytes()
        return content.startswith(b"%PDF-") and b"%%EOF" in content[-1024:]
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(file) as image:
            image.load()
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError):
        return False
    return True
