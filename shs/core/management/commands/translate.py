from django.core.management.base import BaseCommand

from shs.core.catalogue import DOMAINS, catalogue_path, update


class Command(BaseCommand):
    """Update the Bangla catalogue: new texts are added without translation, unused ones removed, .po and .mo written.

    For developers: run it, fill in empty translations, run it again.
    """

    help = "Collect the words of the sources into the Bangla catalogue, and compile it."

    def handle(self, *args: object, **options: object) -> None:
        for domain in DOMAINS:
            words, empty = update(domain)
            self.stdout.write(f"{catalogue_path(domain, 'po')}: {words} words, {empty} without Bangla")
