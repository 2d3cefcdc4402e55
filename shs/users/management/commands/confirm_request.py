"""Confirms a request that takes two admins, when there is no second one who may: `manage.py confirm_request NUMBER`.
The number stands in the address of the request's page. The person, the admins and the auditors are told."""

from django.core.management import CommandParser
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from shs.core.errors import Refused
from shs.users.models import RoleRequest
from shs.users.two_admins import confirm_alone


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("number", type=int, help="the number of the request")

    def handle(self, *, number: int, **options: object) -> None:
        request = RoleRequest.objects.filter(pk=number).first()
        if request is None:
            raise CommandError("There is no request with this number.")
        try:
            confirm_alone(request=request, by=None, now=timezone.now())
        except Refused as refusal:
            raise CommandError(str(refusal.detail)) from None
        self.stdout.write(f"Confirmed: {request.get_kind_display()}, {request.user}.")
