"""Backs up the database and the uploads into one file, encrypted if BACKUP_KEY is set."""

from argparse import ArgumentParser
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from shs.core.backup.services import take
from shs.core.errors import Refused


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--to", type=Path, metavar="DIR", help="the folder (default: BACKUP_DIR)")

    def handle(self, *, to: Path | None, **options: object) -> None:
        folder = to or settings.BACKUP_DIR
        if not folder:
            raise CommandError("Say where the backup is to be kept: --to DIR, or set BACKUP_DIR.")
        try:
            done = take(to=Path(folder), now=timezone.now())
        except OSError as error:
            raise CommandError(f"The backup cannot be written to {folder}: {error.strerror}.") from None
        except Refused as refusal:
            raise CommandError(str(refusal.detail)) from None
        kind = "encrypted" if done.is_encrypted else "not encrypted: set BACKUP_KEY to encrypt it"
        self.stdout.write(f"{Path(folder) / done.file}: {done.bytes / 1024**2:,.1f} MiB, {kind}\nSHA-256 {done.digest}")
