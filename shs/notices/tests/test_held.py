"""A system restored from a backup sends nothing until an admin releases the messages."""

from datetime import timedelta
from unittest import mock

from django.core import mail
from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from shs.core.backup.models import Restore
from shs.notices.kinds import Kind
from shs.notices.models import Notice, State
from shs.notices.services import deliver, notice, notify
from shs.testing import TestUsers, later, sending


class Held(TestUsers, TestCase):
    def setUp(self):
        now = timezone.now()
        with mock.patch("shs.notices.services.soon"):  # created before the backup and not sent yet
            notify(notice(to=self.alice, kind=Kind.PASSWORD_CHANGED, data={}))
        self.enterContext(later(hours=1))
        Restore.objects.create(file="shs-20281128T060000Z.backup", taken_at=now, restored_at=timezone.now())

    def states(self) -> list[str]:
        return list(Notice.objects.filter(kind=Kind.PASSWORD_CHANGED).order_by("pk").values_list("state", flat=True))

    def release(self, **data: str):
        self.client.force_login(self.frank)
        return self.client.post(reverse("admin:system_release"), data)

    def test_nothing_is_sent_by_the_scheduled_job_or_after_a_request(self):
        self.assertEqual(deliver(now=timezone.now()), 0)
        with sending():
            notify(notice(to=self.alice, kind=Kind.PASSWORD_CHANGED, data={}))
        self.assertEqual((self.states(), mail.outbox), ([State.QUEUED, State.QUEUED], []))

    def test_the_system_page_links_to_the_release(self):
        self.client.force_login(self.frank)
        page = self.client.get(reverse("admin:system"))
        self.assertContains(page, "No messages are sent:")
        self.assertContains(page, reverse("admin:system_release"))
        self.client.force_login(self.irene)
        page = self.client.get(reverse("admin:system"))
        self.assertContains(page, "No messages are sent:")
        self.assertNotContains(page, reverse("admin:system_release"))

    def test_a_release_records_user_and_reason(self):
        self.assertContains(self.release(reason=" "), "This field is required.")
        self.assertEqual(deliver(now=timezone.now()), 0)
        self.assertRedirects(self.release(reason="The old server is off"), reverse("admin:system"))
        released = Restore.objects.get()
        self.assertEqual((released.released_by, released.reason), (self.frank, "The old server is off"))
        self.assertContains(self.client.get(reverse("admin:system")), "Frank: The old server is off")
        self.assertContains(self.release(reason="Again"), "No messages are held.")

    def test_the_admin_chooses_to_send_or_withdraw_notices_due_before_the_restore(self):
        self.release(reason="The old server is off")
        self.assertEqual((deliver(now=timezone.now()), self.states()), (1, [State.SENT]))

    def test_only_notices_due_before_the_restore_are_withdrawn(self):
        with mock.patch("shs.notices.services.soon"):
            tomorrow = timezone.now() + timedelta(days=1)
            notify(notice(to=self.alice, kind=Kind.PASSWORD_CHANGED, data={}, due_at=tomorrow))
            notify(notice(to=self.alice, kind=Kind.PASSWORD_CHANGED, data={}))
        self.release(reason="The old server is off", withdraws_due="on")
        self.assertEqual(deliver(now=timezone.now()), 1)
        self.assertEqual(self.states(), [State.TAKEN_BACK, State.QUEUED, State.SENT])
