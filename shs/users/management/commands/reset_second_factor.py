"""Removes the second factor of an admin, for when no other admin can: `manage.py reset_second_factor ADDRESS`."""

from django.core.management import CommandParser
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from shs.core.errors import Refused
from shs.users.models import User
from shs.users.two_admins import reset_second_factor


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="whose account it is")

    def handle(self, *, email: str, **options: object) -> None:
        user = User.objects.by_email(email).first()
        if user is None:
            raise CommandError("There is no account with this address.")
        try:
            reset_second_factor(user=user, reason="reset on the server", by=None, now=timezone.now())
        except Refused as refusal:
            raise CommandError(str(refusal.detail)) from None
        self.stdout.write(f"The second factor of {user} is removed; they are logged out and informed by mail.")
