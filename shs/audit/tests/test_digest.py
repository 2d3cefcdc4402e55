"""The digest of the newest seal is mailed to the auditors once."""

from io import StringIO

from django.core import mail
from django.core.management import CommandError, call_command
from django.test import TestCase, override_settings
from django.utils import timezone

from shs.audit.tasks import mail_digest
from shs.core.reads.log import log_read
from shs.core.reads.models import AuditSeal
from shs.core.reads.seal import seal
from shs.notices.services import deliver
from shs.testing import TestUsers, later, make_user
from shs.users.models import Duty, Role, User


class Mailed(TestUsers, TestCase):
    def read_and_seal(self) -> str:
        log_read(self.carol, what="medical records", ids=[1], subject=self.alice)
        with later(hours=1):
            seal(now=timezone.now())
        return AuditSeal.objects.latest("to_id").digest

    def mailed(self) -> list[str]:
        """The recipients of the mails that the job sends now."""
        mail.outbox = []
        mail_digest(now=timezone.now())
        deliver(now=timezone.now())
        return [address for message in mail.outbox for address in message.to]

    def test_only_auditors_get_each_digest_and_only_once(self):
        self.assertEqual(self.mailed(), [])
        gone = make_user("Gone", Role.STAFF, duty=Duty.AUDIT)
        User.objects.without_history("a test").filter(pk=gone.pk).update(is_active=False)
        for _number in range(2):
            digest = self.read_and_seal()
            self.assertEqual(mail_digest(now=timezone.now(), dry_run=True), 1)
            self.assertEqual(self.mailed(), [self.irene.email])
            self.assertIn(digest, mail.outbox[0].body)
            self.assertEqual(self.mailed(), [])

    def test_the_mailed_digest_detects_recreated_seals(self):
        digest = self.read_and_seal()
        self.assertEqual(self.mailed(), [self.irene.email])
        command = next(line for line in mail.outbox[0].body.splitlines() if "verify_audit" in line).split()
        self.assertEqual(command[-2:], ["--last", digest])
        call_command(*command[1:], stdout=StringIO())
        AuditSeal.objects.all().delete()
        self.read_and_seal()
        with self.assertRaisesMessage(CommandError, f"no seal has the digest {digest}"):
            call_command(*command[1:])

    def test_seals_without_a_key_are_mentioned(self):
        self.read_and_seal()
        to_line = AuditSeal.objects.get().to_id
        self.mailed()
        self.assertIn(f"Lines 1 to {to_line} are sealed without a key", mail.outbox[0].body)
        AuditSeal.objects.all().delete()
        with override_settings(AUDIT_KEYS={"2026": "key " * 9}):
            self.read_and_seal()
            self.mailed()
        self.assertNotIn("without a key", mail.outbox[0].body)
