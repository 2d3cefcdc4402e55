"""Restores a backup into an empty database and an empty folder of uploads. Messages are held until an admin releases
them on the System page."""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from shs.core.backup.archive import Damaged
from shs.core.backup.services import restore
from shs.core.backup.verify import inspect
from shs.core.errors import Refused


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = ()  # there are no tables yet

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the file that `backup` wrote")
        parser.add_argument("--verify", action="store_true", help="look at what was restored, and migrate it")

    def handle(self, *, file: Path, verify: bool, **options: object) -> None:
        try:
            said = restore(file=file, now=timezone.now())
            if verify:
                inspect(said)
        except OSError as error:
            raise CommandError(f"{error.filename or file}: {error.strerror}.") from None
        except Damaged as error:
            raise CommandError(str(error)) from None
        except Refused as refusal:
            raise CommandError(str(refusal.detail)) from None
        self.stdout.write(
            f"Restored {sum(said['rows'].values())} rows of {said['taken_at']} (version {said['version']}). "
            "Now run migrate. No notices are sent until an admin releases them on the System page."
        )
