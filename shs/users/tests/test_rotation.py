"""Changing SECRET_KEY: everything that is signed with it, with and without the former key."""

import json
from io import StringIO

from django.contrib.sessions.models import Session
from django.test import Client, TestCase, override_settings
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from shs.core.tests.test_requests import everything_logged_to
from shs.testing import PASSWORD, Api, TestUsers
from shs.users import links, second_factor, tokens
from shs.users.tests.test_second_factor import CODE_PAGE, INDEX, LOGIN, code_of, enrol

OLD, NEW, NEWER = "old " * 12, "new " * 12, "newer " * 8
ROTATED = override_settings(SECRET_KEY=NEW, SECRET_KEY_FALLBACKS=[OLD])
FORGOTTEN = override_settings(SECRET_KEY=NEW, SECRET_KEY_FALLBACKS=[])


@override_settings(SECRET_KEY=OLD)
class Rotation(TestUsers, TestCase):
    def log_in(self, client: Client):
        return client.post(LOGIN, {"username": self.frank.email, "password": PASSWORD})

    def link(self, token: str) -> dict[str, str]:
        return {"uid": urlsafe_base64_encode(force_bytes(self.alice.pk)), "token": token}

    def test_a_session_continues_and_is_signed_with_the_new_key(self):
        self.log_in(self.client)
        with ROTATED:
            self.assertEqual(self.client.get(INDEX).status_code, 200)
        with FORGOTTEN:
            self.assertEqual(self.client.get(INDEX).status_code, 200)

    def test_without_the_former_key_the_user_is_anonymous_and_can_log_in(self):
        self.log_in(self.client)
        written = StringIO()
        with FORGOTTEN, everything_logged_to(written):
            self.assertRedirects(self.client.get(INDEX), f"{LOGIN}?next={INDEX}")
            self.assertEqual(self.client.get("/").status_code, 302)
            self.assertEqual(self.client.get(LOGIN).status_code, 200)
            self.log_in(self.client)
            self.assertEqual(self.client.get(INDEX).status_code, 200)
        lines = [json.loads(text) for text in written.getvalue().splitlines()]
        corrupted = [line for line in lines if line["message"] == "Session data corrupted"]
        self.assertTrue(1 <= len(corrupted) <= 6, len(corrupted))
        self.assertEqual({line["user"] for line in corrupted}, {None})
        self.assertLess(len(written.getvalue()), 50_000)

    def test_an_invalid_session_is_anonymous(self):
        self.log_in(self.client)
        for data in ("", "nonsense", "a:b:c", "💥"):
            Session.objects.update(session_data=data)
            with self.subTest(data=data), self.assertLogs("django.security.SuspiciousSession", "WARNING"):
                self.assertRedirects(self.client.get(INDEX), f"{LOGIN}?next={INDEX}")

    def test_a_login_that_waits_for_the_code_continues_after_the_rotation(self):
        enrol(self.frank)
        self.log_in(self.client)
        with ROTATED:
            self.assertRedirects(self.client.post(CODE_PAGE, {"code": code_of()}), INDEX)

    def test_access_and_refresh_tokens_stay_valid(self):
        pair = tokens.issue(self.alice, now=timezone.now())
        with ROTATED:
            access = {"Authorization": f"Bearer {pair['access']}"}
            self.assertEqual(self.client.get("/api/v1/auth/profile", headers=access).status_code, 200)
            renewed = Api().post("/auth/token/refresh", {"refresh": pair["refresh"]})
            self.assertEqual(renewed.status_code, 200)
        with FORGOTTEN:
            self.assertEqual(self.client.get("/api/v1/auth/profile", headers=access).status_code, 401)
            access = {"Authorization": f"Bearer {renewed.json()['access']}"}
            self.assertEqual(self.client.get("/api/v1/auth/profile", headers=access).status_code, 200)

    def test_a_token_signed_with_another_key_is_invalid(self):
        with override_settings(SECRET_KEY=NEWER):
            pair = tokens.issue(self.alice, now=timezone.now())
        with ROTATED:
            self.assertIsNone(tokens.user_of(pair["access"]))

    def test_password_links_stay_valid(self):
        reset = self.link(links.reset_token.make_token(self.alice))
        with ROTATED:
            answer = Api().post("/auth/password/reset/confirm", {**reset, "new_password": "another lantern 8"})
            self.assertEqual(answer.status_code, 204, answer.content)
        self.alice.refresh_from_db()
        reset = self.link(links.reset_token.make_token(self.alice))
        with FORGOTTEN:
            answer = Api().post("/auth/password/reset/confirm", {**reset, "new_password": "another lantern 9"})
            self.assertEqual(answer.status_code, 422)

    def test_links_that_confirm_an_address_stay_valid(self):
        type(self.alice).objects.without_history("a test").filter(pk=self.alice.pk).update(is_verified=False)
        self.alice.refresh_from_db()
        link = self.link(links.verification_token.make_token(self.alice))
        with ROTATED:
            self.assertEqual(Api().post("/auth/email/verify", link).status_code, 204)

    def test_backup_codes_stay_valid_once(self):
        codes = enrol(self.frank)
        with ROTATED:
            for code, is_right in ((codes[0], True), (codes[0], False)):
                client = Client()
                self.log_in(client)
                with self.subTest(is_right=is_right):
                    answer = client.post(CODE_PAGE, {"code": code})
                    self.assertEqual(answer.status_code, 302 if is_right else 200)
        self.assertEqual(second_factor.codes_left(self.frank), len(codes) - 1)

    def test_backup_codes_of_a_removed_key_are_invalid(self):
        codes = enrol(self.frank)
        with FORGOTTEN:
            self.log_in(self.client)
            self.assertContains(self.client.post(CODE_PAGE, {"code": codes[0]}), "The code is incorrect")
