"""Fill the database with a fictitious Bangladeshi health network; another run adds only what is missing."""

from django.conf import settings
from django.core.checks import Tags
from django.core.management import CommandParser
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from shs.core.seeding.rows import Size
from shs.demo.seed import seed as make
from shs.demo.seed.size import at_most


class Command(BaseCommand):
    # The checks of URLs and templates take half a second and are not needed.
    requires_system_checks = [Tags.models]
    help = "Fill the database with a made-up Bangladeshi health network. Changes and deletes nothing that is there."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, default=1, help="another number makes another network (default 1)")
        parser.add_argument("--doctors", type=at_most(20_000), default=Size().doctors, help="how many (default 40)")
        parser.add_argument(
            "--patients", type=at_most(1_000_000), default=Size().patients, help="how many (default 300)"
        )
        parser.add_argument(
            "--days", type=at_most(365), default=Size().days, help="of visits around today (default 60)"
        )

    def handle(self, *, doctors: int, patients: int, days: int, seed: int, **options: object) -> None:
        if not settings.DEMO_ACCOUNTS:
            raise CommandError(
                "DEBUG is off, and everybody knows the password of the demo's admin. Set DEBUG=on on your own machine."
            )
        make(Size(doctors, patients, days), seed=seed, now=timezone.now(), say=self.stdout.write)
