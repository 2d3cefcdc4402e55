"""Runs the due jobs of every app. Cron: `* * * * * manage.py run_due`; as a service: `manage.py run_due --every 60`."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from shs.core.due import clock
from shs.core.due.registry import jobs
from shs.core.due.runner import keep_running, run_once, stop_on_signals


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--every", type=int, metavar="SECONDS", help="go on until SIGTERM, at such intervals")
        parser.add_argument("--only", choices=sorted(jobs()), default="", metavar="NAME", help="this job, due or not")
        parser.add_argument("--dry-run", action="store_true", help="only count")
        parser.add_argument(
            "--release", action="store_true", help="the clock is right although more than a day has passed: go on"
        )

    def handle(self, *, every: int | None, only: str, dry_run: bool, release: bool, **options: object) -> None:
        if release:
            clock.release(timezone.now())
        if every and not dry_run:
            keep_running(every=every, only=only, stop=stop_on_signals(), say=self.stdout.write)
        elif failed := run_once(clock=timezone.now, only=only, dry_run=dry_run, say=self.stdout.write):
            raise CommandError(f"Failed: {', '.join(failed)}.")
