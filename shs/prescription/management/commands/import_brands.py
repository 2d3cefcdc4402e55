"""Imports a list of brands: `manage.py import_brands list.csv --source "DGDA, registered medicines" --date 2026-11-01
--by admin@example.org`. Without `--store` it only checks; with `--leave-out` rows with errors are left out."""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from shs.core.due.jobs import Busy, run
from shs.core.due.registry import jobs
from shs.core.errors import Refused
from shs.core.grants.table import holds
from shs.prescription.models import BrandImport, ImportStatus
from shs.prescription.services import brand_imports
from shs.prescription.services.brand_words import sentence
from shs.users.models import User


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="CSV in UTF-8, or XLSX")
        parser.add_argument("--source", required=True, help="who made the list, and its title")
        parser.add_argument("--date", required=True, type=date.fromisoformat, help="the date of the list, YYYY-MM-DD")
        parser.add_argument("--by", required=True, metavar="E-MAIL", help="the admin in whose name it is imported")
        parser.add_argument("--store", action="store_true", help="store the list, if it has no errors")
        parser.add_argument("--leave-out", action="store_true", help="leave out rows with errors")

    def handle(self, *, file: Path, source: str, by: str, store: bool, leave_out: bool, **options: date) -> None:
        user = User.objects.filter(email=by.lower(), is_active=True).first()
        if user is None or not holds(user, "prescription.store_brandimport"):
            raise CommandError("Nobody with this e-mail address may import brands.")
        try:
            made = brand_imports.begin(
                content=file.read_bytes(), file_name=file.name, source=source, source_date=options["date"], by=user
            )
            self._work(made)
            for found in [*made.findings, *made.notes]:
                self.stdout.write(sentence(found))
            if store and made.status == ImportStatus.CHECKED:
                brand_imports.confirm(made, leaves_out=leave_out)
                self._work(made)
        except (Refused, OSError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(
            f"{made.get_status_display()}: {made.added} new, {made.changed} changed, {made.unchanged} the same, "
            f"{made.wrong} with errors."
        )

    def _work(self, made: BrandImport) -> None:
        """Run the job here. Raises CommandError while another process runs it."""
        try:
            done = run(jobs()[brand_imports.JOB], now=timezone.now(), by_person=True)
        except Busy:
            raise CommandError("Another list is being imported: try again when it is done.") from None
        if done is not None and done.error:
            raise CommandError(f"The job failed: {done.error}")
        made.refresh_from_db()
