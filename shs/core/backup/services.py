"""Makes backups, and restores one into an empty database."""

import errno
import hashlib
import json
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from shs.core.backup import databases
from shs.core.backup.archive import ABOUT, DATABASE, MEDIA, PIECE, About, Damaged, Member, Writer, about, check
from shs.core.backup.keeping import PART, clean, name_of
from shs.core.backup.models import Backup
from shs.core.errors import Refused

log = logging.getLogger(__name__)


class NotEmpty(Refused):
    """The target of a restore is not empty."""


def take(*, to: Path, now: datetime) -> Backup:
    """Write a backup of the database and the uploads into the folder `to`, and delete backups that are no longer kept.

    It contains everything that was stored before `now`. Raises OSError if it cannot be written, and Refused if a
    program of the database fails; no file is left then.
    """
    to.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = to / name_of(now)
    if file.exists():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(file))
    with _new_file(file) as target, Writer(target, settings.BACKUP_KEY) as writer:
        with databases.snapshot() as found:
            writer.add(ABOUT, json.dumps(_about(now, found.rows), sort_keys=True).encode())
            writer.add_stream(DATABASE, found.content)
        # Uploads come after the database, so that the files of all its rows exist.
        for upload in _uploads():
            _add_upload(writer, upload)
    done = Backup.objects.create(
        file=file.name,
        taken_at=now,
        finished_at=timezone.now(),
        bytes=file.stat().st_size,
        digest=digest_of(file),
        is_encrypted=bool(settings.BACKUP_KEY),
    )
    log.info("Backup %s, %s bytes, SHA-256 %s", done.file, done.bytes, done.digest)
    clean(to, now=now)
    return done


def restore(*, file: Path, now: datetime) -> About:
    """Restore a backup into the present database and MEDIA_ROOT; returns its `about.json`. Messages are held until an
    admin releases them.

    Raises NotEmpty if there is data already, Damaged for an incomplete or changed file, Refused for another kind of
    database or a newer version; nothing has changed then.
    """
    said = about(file, settings.BACKUP_KEY)
    _require_fit(said)
    check(file, settings.BACKUP_KEY)  # completely, before anything is written
    media = Path(settings.MEDIA_ROOT)
    try:
        with databases.loading() as target:
            check(file, settings.BACKUP_KEY, each=lambda member: _put(member, target, media))
            target.finish(databases.Hold(file.name, said["taken_at"], now.isoformat()))
    except BaseException:
        _empty(media)  # it was empty before
        raise
    return said


def digest_of(file: Path) -> str:
    """The SHA-256 of a file."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _about(now: datetime, rows: dict[str, int]) -> About:
    done = MigrationRecorder(connection).applied_migrations()
    return {
        "version": settings.VERSION,
        "taken_at": now.astimezone(UTC).isoformat(),
        "vendor": connection.vendor,
        "migrations": sorted(f"{app}.{name}" for app, name in done),
        "rows": rows,
    }


@contextmanager
def _new_file(file: Path) -> Iterator[IO[bytes]]:
    """Context manager: a new file that only its owner can read; it gets its name when it is complete and synced to
    disk."""
    part = file.with_name(f"{file.name}{PART}")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(handle, "wb") as target:
            yield target
            target.flush()
            os.fsync(target.fileno())
        part.rename(file)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _uploads() -> Iterator[Path]:
    media = Path(settings.MEDIA_ROOT)
    return (path for path in sorted(media.rglob("*")) if path.is_file()) if media.is_dir() else iter(())


def _add_upload(writer: Writer, upload: Path) -> None:
    try:
        with upload.open("rb") as content:
            name = upload.relative_to(settings.MEDIA_ROOT).as_posix()
            writer.add_file(f"{MEDIA}/{name}", content, os.fstat(content.fileno()).st_size)
    except FileNotFoundError:
        return  # deleted since the folder was listed


def _require_fit(said: About) -> None:
    if said["vendor"] != connection.vendor:
        raise Refused(f"The backup is of {said['vendor']}, and DATABASE_URL names {connection.vendor}.")
    known = {f"{app}.{name}" for app, name in MigrationLoader(None, ignore_no_migrations=True).disk_migrations}
    if newer := sorted(set(said["migrations"]) - known):
        raise Refused(f"The backup is of version {said['version']}, which is newer than this one: {newer[0]}.")
    if not databases.is_empty():
        raise NotEmpty("The database of DATABASE_URL is not empty. Name an empty one.")
    if any(_uploads()):
        raise NotEmpty("The folder of MEDIA_ROOT is not empty. Name an empty one.")


def _put(member: Member, target: databases.Loading, media: Path) -> None:
    """Store one member of a backup in its place."""
    match member.name.parts:
        case ["about.json"]:
            return
        case ["database", _number]:
            while piece := member.content.read(PIECE):
                target.write(piece)
        case ["media", *rest] if rest:
            place = media.joinpath(*rest)
            place.parent.mkdir(parents=True, exist_ok=True)
            with place.open("xb") as written:
                shutil.copyfileobj(member.content, written)
        case _:
            raise Damaged(f"The backup has a member that no backup has: {str(member.name)!r}.")


def _empty(media: Path) -> None:
    """Delete everything from the folder of uploads, which was empty before the restore."""
    for path in media.iterdir() if media.is_dir() else ():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
