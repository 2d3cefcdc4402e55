"""Lets people log in again whose suspension was until now. Cron: `*/15 * * * * manage.py reinstate_due`."""

from django.core.management.base import BaseCommand
from django.utils import timezone

from shs.users.services import reinstate_due


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help="only count them")

    def handle(self, *, dry_run, **options):
        count = reinstate_due(now=timezone.now(), dry_run=dry_run)
        self.stdout.write(f"{count} users {'would be' if dry_run else 'were'} reinstated.")
