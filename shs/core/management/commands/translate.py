from django.core.management.base import BaseCommand

from shs.core.catalogue import DOMAINS, catalogue_path, update


class Command(BaseCommand):
    """Bring the Bangla catalogue up to date: new words come in empty, those that are gone leave, both files are made.

    For those who develop, not for cron: run it, fill in what is empty, run it again.
    """

    help = "Collect the words of the sources into the Bangla catalogue, and compile it."

    def handle(self, *args: object, **options: object) -> None:
        for domain in DOMAINS:
            words, empty = update(domain)
            self.stdout.write(f"{catalogue_path(domain, 'po')}: {words} words, {empty} without Bangla")
