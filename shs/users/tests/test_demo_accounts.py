"""Accounts of the demo, whose password is published, on a server for other people."""

from io import StringIO

from django.core.management import CommandError, call_command
from django.test import Client, TestCase, override_settings
from django.urls import reverse
from django.utils import timezone

from shs.core.seeding.marks import ADMIN, address
from shs.testing import PASSWORD, Api, make_user
from shs.users import checks, tokens
from shs.users.models import Role, User

PRODUCTION = override_settings(DEMO_ACCOUNTS=False)


class DemoAccounts(TestCase):
    def setUp(self):
        self.admin = make_user("Admin", Role.ADMIN, email=address(ADMIN), demo_name=ADMIN)
        self.real = make_user("Frank", Role.ADMIN)

    def log_in(self, user: User) -> tuple[int, int]:
        """The answers of the API and of the back office."""
        api = Api().post("/auth/login", {"email": user.email, "password": PASSWORD}).status_code
        office = Client().post(reverse("admin:login"), {"username": user.email, "password": PASSWORD}).status_code
        return api, office

    def test_they_log_in_in_the_demo_only(self):
        self.assertEqual(self.log_in(self.admin), (200, 302))
        with PRODUCTION:
            self.assertEqual(self.log_in(self.admin), (401, 200))
            self.assertEqual(self.log_in(self.real), (200, 302))

    def test_another_address_does_not_help(self):
        self.admin.move_to("somebody@example.com", reason="test")
        with PRODUCTION:
            self.assertEqual(self.log_in(self.admin), (401, 200))

    def test_tokens_and_sessions_of_the_demo_end_too(self):
        pair = tokens.issue(self.admin, now=timezone.now())
        client = Client()
        client.force_login(self.admin, backend="shs.users.backends.EmailBackend")
        self.assertEqual(client.get(reverse("admin:index")).status_code, 200)
        with PRODUCTION:
            self.assertIsNone(tokens.user_of(pair["access"]))
            self.assertEqual(Api().post("/auth/token/refresh", {"refresh": pair["refresh"]}).status_code, 401)
            self.assertEqual(client.get(reverse("admin:index")).status_code, 302)

    def test_the_seed_is_refused(self):
        before = User.objects.count()
        with PRODUCTION, self.assertRaisesMessage(CommandError, "DEBUG is off"):
            call_command("seed_bd_data", stdout=StringIO())
        self.assertEqual(User.objects.count(), before)

    def test_the_deployment_check_names_them_as_an_error(self):
        (found,) = checks.no_demo_accounts()
        self.assertEqual((found.id, found.is_serious()), ("shs.E020", True))
        self.assertIn(ADMIN, found.msg)
        self.admin.delete()
        User.history.all().delete()
        self.assertEqual(checks.no_demo_accounts(), [])
