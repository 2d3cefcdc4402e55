"""Sets visits to missed whose time passed without them; deletes nothing. Cron: `*/15 * * * * manage.py mark_missed`."""

from django.core.management.base import BaseCommand
from django.utils import timezone

from shs.appointment.services import mark_missed


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help="only count them")

    def handle(self, *, dry_run, **options):
        count = mark_missed(now=timezone.now(), dry_run=dry_run)
        self.stdout.write(f"{count} visits {'would be' if dry_run else 'were'} set to missed.")
