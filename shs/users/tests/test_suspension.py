from datetime import timedelta
from io import StringIO

from django.core.management import call_command
from django.test import TestCase
from django.utils import timezone

from shs.testing import Api, TestUsers
from shs.users.services import reinstate_due


class Suspension(TestUsers, TestCase):
    def suspend(self, days: int | None) -> None:
        until = timezone.now() + timedelta(days=days) if days is not None else None
        self.bob.suspend(reason="insults", until=until)

    def test_tokens_become_invalid_at_once_and_after_its_end_the_user_can_log_in(self):
        caller = Api(self.bob)
        self.suspend(3)
        self.assertEqual(caller.get("/auth/profile").status_code, 401)
        self.assertEqual(reinstate_due(now=timezone.now()), 0)
        self.assertEqual(reinstate_due(now=timezone.now() + timedelta(days=4)), 1)
        self.bob.refresh_from_db()
        self.assertTrue(self.bob.is_active)
        self.assertIsNone(self.bob.suspended_until)
        self.assertEqual(self.bob.history.latest().history_change_reason, "the suspension has ended")
        self.assertEqual(caller.get("/auth/profile").status_code, 401)

    def test_without_an_end_the_suspension_stays(self):
        self.suspend(None)
        self.assertEqual(reinstate_due(now=timezone.now() + timedelta(days=4000)), 0)

    def test_the_job_ends_suspensions_and_a_dry_run_changes_nothing(self):
        self.suspend(-1)
        for options, count in ((["--dry-run"], 1), ([], 1), ([], 0)):
            out = StringIO()
            call_command("run_due", "--only", "reinstate_due", *options, stdout=out)
            self.assertEqual(out.getvalue().strip(), f"reinstate_due: {count}")

    def test_an_admin_can_set_the_number_of_days(self):
        self.client.force_login(self.frank, backend="shs.users.backends.EmailBackend")
        self.client.post(f"/admin/users/user/{self.bob.pk}/step/suspend/", {"reason": "insults", "days": "7"})
        self.bob.refresh_from_db()
        self.assertFalse(self.bob.is_active)
        self.assertAlmostEqual((self.bob.suspended_until - timezone.now()).total_seconds(), 7 * 86400, delta=60)
