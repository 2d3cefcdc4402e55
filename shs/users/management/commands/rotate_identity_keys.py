"""Puts every identity number under the first key of IDENTITY_KEYS."""

from django.core.management import BaseCommand, CommandError

from shs.core.errors import Refused
from shs.users import identity


class Command(BaseCommand):
    """`manage.py rotate_identity_keys`: run it after a new key was put first, and remove the old one afterwards."""

    help = "Encrypts every identity number by the first key of IDENTITY_KEYS. It can be interrupted and run again."

    def handle(self, **options: object) -> None:
        try:
            done, missing = identity.rotate()
        except Refused as refusal:
            raise CommandError(str(refusal.detail)) from None
        self.stdout.write(f"{done} identity numbers have the first key now.")
        if missing:
            raise CommandError(f"The key of {missing} identity numbers is missing in IDENTITY_KEYS.")
