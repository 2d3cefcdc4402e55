from datetime import datetime

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from shs.core.reads.verify import Verdict, verify


def _moment(text: str) -> datetime:
    """A time in ISO 8601; without an offset in the clinic's time zone."""
    moment = datetime.fromisoformat(text)
    return timezone.make_aware(moment) if timezone.is_naive(moment) else moment


class Command(BaseCommand):
    """Check the read log against its seals; fails and names the first line that was changed.

    cron: 20 3 * * *  manage.py verify_audit
    """

    help = "Check the read log against its seals, and against the last digest that is known from elsewhere."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--last",
            default="",
            metavar="DIGEST",
            help="A digest from a mail to the auditors, a log line or AUDIT_DIGEST_FILE; its seal must still be there.",
        )
        parser.add_argument("--at", type=_moment, metavar="MOMENT", help="When the log was as it is now (of a backup).")

    def handle(self, *, at: datetime | None, last: str, **options: object) -> None:
        try:
            verdict = verify(now=at or timezone.now(), last=last.strip().lower())
        except OSError as error:
            raise CommandError(f"AUDIT_DIGEST_FILE cannot be read: {error.strerror}.") from None
        if verdict.broken:
            where = f" (seal {verdict.broken.seal})" if verdict.broken.seal else ""
            raise CommandError(f"Line {verdict.broken.line} of the read log: {verdict.broken.what}{where}.")
        self.stdout.write(f"The read log is whole; {verdict.seals} seals, last digest {verdict.last or 'none'}")
        for sentence in _remarks(verdict):
            self.stdout.write(sentence)


def _remarks(verdict: Verdict) -> list[str]:
    """Seals that are valid but prove less than others."""
    remarks = []
    if verdict.unkeyed:
        remarks.append(
            f"{verdict.unkeyed} of the seals are unkeyed (lines 1 to {verdict.unkeyed_to}): they were made without "
            "AUDIT_KEYS, and anyone who can write to the database can make such seals."
        )
    if verdict.late:
        remarks.append(
            f"{verdict.late} of the seals were made more than three hours after their lines. If scheduled jobs were "
            "running then, compare with a digest from that time: verify_audit --last DIGEST."
        )
    return remarks
