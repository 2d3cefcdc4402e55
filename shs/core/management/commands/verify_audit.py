from django.core.management.base import BaseCommand, CommandError

from shs.core.reads.models import AuditSeal
from shs.core.reads.seal import verify


class Command(BaseCommand):
    """Check the read log against its seals; fails, and names the line, where something was changed.

    cron: 20 3 * * *  manage.py verify_audit
    """

    help = "Check the read log against its seals."

    def handle(self, *args, **options):
        if broken := verify():
            raise CommandError(f"Line {broken.line} of the read log: {broken.what} (seal {broken.seal}).")
        last = AuditSeal.objects.order_by("-to_id").first()
        self.stdout.write(f"The read log is whole; last digest {last.digest if last else 'none'}")
