"""Gives an admin who cannot log in their account back, when no other admin can help:
`manage.py recover_admin ADDRESS [--new-address ADDRESS]`. The account is reinstated, its second factor removed, its
sessions ended and, if wanted, its address replaced; the link to set a new password is printed."""

from django.core.management import CommandParser
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from shs.core.errors import Refused
from shs.users.addresses import recover
from shs.users.models import User


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="whose account it is")
        parser.add_argument("--new-address", default="", help="the address that the account gets")

    def handle(self, *, email: str, new_address: str, **options: object) -> None:
        user = User.objects.by_email(email).first()
        if user is None:
            raise CommandError("There is no account with this address.")
        try:
            url = recover(user=user, new_address=new_address, now=timezone.now())
        except Refused as refusal:
            raise CommandError(str(refusal.detail)) from None
        self.stdout.write(f"{user} sets a new password within 24 hours, once, at\n{url}")
