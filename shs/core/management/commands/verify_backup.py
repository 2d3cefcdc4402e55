"""Restores a backup into a scratch database and checks it: rows, constraints, the seals of the read log, uploads.
Default: the newest backup in BACKUP_DIR."""

from argparse import ArgumentParser
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from shs.core.backup.keeping import moment_of
from shs.core.backup.verify import verify
from shs.core.errors import Refused


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, nargs="?", help="the file that `backup` wrote")

    def handle(self, *, file: Path | None, **options: object) -> None:
        file = file or newest(Path(settings.BACKUP_DIR or "."))
        try:
            verify(file)
        except Refused as refusal:
            raise CommandError(f"{file}: {refusal.detail}") from None
        self.stdout.write(f"{file}: restored into a scratch database, and whole.")


def newest(folder: Path) -> Path:
    """The newest backup in a folder. Raises CommandError if there is none."""
    found = sorted(file for file in folder.glob("*") if moment_of(file))
    if not found:
        raise CommandError(f"There is no backup in {folder}.")
    return found[-1]
