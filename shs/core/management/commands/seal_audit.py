from django.core.management.base import BaseCommand
from django.utils import timezone

from shs.core.audit import seal
from shs.core.models import AuditSeal


class Command(BaseCommand):
    """Seal the new lines of the read log, and print the last digest, to be kept elsewhere.

    cron: 10 * * * *  manage.py seal_audit
    """

    help = "Seal the new lines of the read log."

    def handle(self, *args, **options):
        sealed = seal(now=timezone.now())
        last = AuditSeal.objects.order_by("-to_id").first()
        self.stdout.write(f"{sealed} lines sealed; last digest {last.digest if last else 'none'}")
