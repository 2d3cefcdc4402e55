"""Resetting a second factor, the system check of its setting, and the second factor in the API."""

from io import StringIO

from django.core import mail
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.test import Client, TestCase, override_settings
from django.urls import reverse
from django.utils import timezone
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from shs.testing import PASSWORD, Api, make_user, sending
from shs.users import two_admins
from shs.users.models import Role, RoleRequest, User
from shs.users.tests.test_second_factor import INDEX, Base, code_of, enrol


class Reset(Base):
    def setUp(self):
        super().setUp()
        enrol(self.erin)

    def reset(self, by: User, whom: User, reason: str = "her phone was stolen"):
        client = Client()
        client.force_login(by, backend="shs.users.backends.EmailBackend")
        page = reverse("admin:users_user_step", args=(whom.pk, "reset_second_factor"))
        with sending():
            return client.post(page, {"reason": reason})

    def test_two_admins_reset_it_with_a_reason_and_the_user_is_notified(self):
        browser, freya = self.enter(self.erin), make_user("Freya", Role.ADMIN)
        self.assertEqual(self.reset(self.frank, self.erin, reason="").status_code, 200)
        self.assertEqual(self.reset(self.frank, self.erin).status_code, 302)
        self.assertTrue(User.objects.get(pk=self.erin.pk).has_second_factor)
        mail.outbox = []
        with sending():
            two_admins.confirm(request=RoleRequest.objects.get(), by=freya, now=timezone.now())
        person = User.objects.get(pk=self.erin.pk)
        self.assertFalse(person.has_second_factor or TOTPDevice.objects.exists() or StaticDevice.objects.exists())
        reasons = list(person.history.values_list("history_change_reason", flat=True))
        self.assertIn("second factor reset: her phone was stolen (asked by Frank, confirmed by Freya)", reasons)
        (message,) = mail.outbox
        self.assertEqual(message.to, [self.erin.email])
        self.assertTrue("second factor" in message.body)
        self.assertEqual(browser.get(INDEX).status_code, 302)

    def test_other_users_cannot_and_admins_not_for_themselves(self):
        for user in (self.erin, self.irene, self.grace, self.henry, self.carol):
            self.assertIn(self.reset(user, self.erin).status_code, {302, 403, 404})
        self.assertTrue(User.objects.get(pk=self.erin.pk).has_second_factor)
        enrol(self.frank)
        client = self.enter(self.frank)
        page = reverse("admin:users_user_step", args=(self.frank.pk, "reset_second_factor"))
        self.assertEqual(client.post(page, {"reason": "mine"}).status_code, 403)


class ResetCommand(Base):
    def test_it_works_for_the_only_admin_and_explains_errors(self):
        enrol(self.frank)
        out = StringIO()
        call_command("reset_second_factor", "FRANK@example.com", stdout=out)
        self.assertIn("The second factor of Frank is removed", out.getvalue())
        self.assertFalse(User.objects.get(pk=self.frank.pk).has_second_factor)
        for address, words in (("frank@example.com", "No second factor"), ("no@example.com", "no account")):
            with self.assertRaisesMessage(CommandError, words):
                call_command("reset_second_factor", address, stdout=out)


class DeployCheck(TestCase):
    def warnings(self) -> list[str]:
        return [found.id for found in run_checks(include_deployment_checks=True) if found.id == "shs.W001"]

    def test_an_optional_second_factor_is_a_warning(self):
        with override_settings(DEBUG=False, STAFF_SECOND_FACTOR="optional"):
            self.assertEqual(self.warnings(), ["shs.W001"])
        with override_settings(DEBUG=False, STAFF_SECOND_FACTOR="required"):
            self.assertEqual(self.warnings(), [])


class ApiLogin(Base):
    """The API asks for the second factor, too; otherwise it could be bypassed with the password."""

    def log_in(self, user: User, **more: str):
        return Api().post("/auth/login", {"email": user.email, "password": PASSWORD, **more})

    def test_users_with_a_second_factor_need_a_code(self):
        enrol(self.carol)
        answer = self.log_in(self.carol)
        self.assertEqual((answer.status_code, answer.json()["type"]), (401, "urn:shs:problem:code_needed"))
        answer = self.log_in(self.carol, code="000000")
        self.assertEqual((answer.status_code, answer.json()["errors"][0]["field"]), (422, "code"))
        self.assertEqual(self.log_in(self.carol, code=code_of()).status_code, 200)
        self.assertEqual(self.log_in(self.carol, code=code_of()).status_code, 422)

    def test_users_without_a_second_factor_need_none(self):
        self.assertEqual(self.log_in(self.alice).status_code, 200)

    def test_a_wrong_password_has_the_usual_response(self):
        enrol(self.carol)
        answer = Api().post("/auth/login", {"email": self.carol.email, "password": "x", "code": code_of()})
        self.assertEqual((answer.status_code, answer.json()["type"]), (401, "urn:shs:problem:unauthenticated"))

    def test_wrong_codes_lock_out_like_wrong_passwords(self):
        enrol(self.carol)
        for _attempt in range(5):
            self.log_in(self.carol, code="000000")
        self.assertEqual(self.log_in(self.carol, code=code_of()).status_code, 429)

    def test_a_login_from_before_a_second_factor_was_set_up_has_to_pass_it(self):
        caller = Api(self.carol)
        enrol(self.carol)
        answer = caller.get("/auth/profile")
        self.assertEqual((answer.status_code, answer.json()["type"]), (401, "urn:shs:problem:code_needed"))
        self.assertEqual(Api(self.carol).get("/auth/profile").status_code, 200)
