"""Tokens: how long they live, how they rotate, and what ends them."""

from datetime import timedelta

import jwt
import time_machine
from django.conf import settings
from django.test import TestCase
from django.utils import timezone

from shs.testing import PASSWORD, Api, TestUsers
from shs.users import tokens
from shs.users.models import RefreshToken


class Tokens(TestUsers, TestCase):
    def setUp(self):
        self.pair = tokens.issue(self.alice, now=timezone.now())

    def profile(self, access: str) -> int:
        return self.client.get("/api/v1/auth/profile", headers={"Authorization": f"Bearer {access}"}).status_code

    def refresh(self, token: str):
        return Api().post("/auth/token/refresh", {"refresh": token})

    def later(self, **span):
        return time_machine.travel(timezone.now() + timedelta(**span), tick=False)


class Access(Tokens):
    def test_an_access_token_opens_closed_routes_for_its_lifetime(self):
        self.assertEqual(self.profile(self.pair["access"]), 200)
        with self.later(minutes=59):
            self.assertEqual(self.profile(self.pair["access"]), 200)
        with self.later(minutes=61):
            self.assertEqual(self.profile(self.pair["access"]), 401)

    def test_a_refresh_token_opens_nothing_and_an_access_token_refreshes_nothing(self):
        self.assertEqual(self.profile(self.pair["refresh"]), 401)
        self.assertEqual(self.refresh(self.pair["access"]).status_code, 401)

    def test_a_token_that_we_did_not_sign_opens_nothing(self):
        claims = jwt.decode(self.pair["access"], options={"verify_signature": False})
        forged = [
            jwt.encode(claims, "another key that is long enough to be one", algorithm="HS256"),
            jwt.encode(claims, None, algorithm="none"),
            jwt.encode({**claims, "sub": str(self.frank.pk)}, "x" * 40, algorithm="HS256"),
            self.pair["access"][:-2],
        ]
        for token in forged:
            with self.subTest(token=token[:20]):
                self.assertEqual(self.profile(token), 401)

    def test_a_token_that_lacks_a_claim_opens_nothing(self):
        claims = jwt.decode(self.pair["access"], options={"verify_signature": False})
        for missing in ("exp", "sub", "ver", "typ"):
            with self.subTest(missing=missing):
                cut = {name: value for name, value in claims.items() if name != missing}
                self.assertEqual(self.profile(jwt.encode(cut, settings.SECRET_KEY, algorithm="HS256")), 401)

    def test_the_token_of_a_suspended_user_is_dead_at_once_and_stays_so(self):
        self.alice.suspend(reason="abuse")
        self.assertEqual(self.profile(self.pair["access"]), 401)
        self.assertEqual(self.refresh(self.pair["refresh"]).status_code, 401)
        self.alice.reinstate(reason="a mistake")
        self.assertEqual(self.profile(self.pair["access"]), 401)
        self.assertEqual(self.refresh(self.pair["refresh"]).status_code, 401)

    def test_a_token_from_before_a_change_of_the_password_is_dead(self):
        other = tokens.issue(self.alice, now=timezone.now())
        caller = Api(self.alice)
        change = {"current_password": PASSWORD, "new_password": "another lantern 8"}
        self.assertEqual(caller.post("/auth/password/change", change).status_code, 204)
        for pair in (self.pair, other):
            self.assertEqual(self.profile(pair["access"]), 401)
            self.assertEqual(self.refresh(pair["refresh"]).status_code, 401)
        self.assertEqual(caller.get("/auth/profile").status_code, 401)

    def test_a_401_says_how_to_log_in(self):
        self.assertEqual(Api().get("/auth/profile")["WWW-Authenticate"], "Bearer")


class Refreshing(Tokens):
    def test_a_refresh_gives_a_new_pair_and_its_token_is_dead(self):
        answer = self.refresh(self.pair["refresh"])
        self.assertEqual((answer.status_code, set(answer.json())), (200, {"access", "refresh"}))
        self.assertEqual(self.profile(answer.json()["access"]), 200)
        self.assertEqual(self.refresh(self.pair["refresh"]).status_code, 401)

    def test_a_dead_token_that_comes_again_at_once_leaves_the_family_alive(self):
        newer = self.refresh(self.pair["refresh"]).json()
        self.assertEqual(self.refresh(self.pair["refresh"]).status_code, 401)
        self.assertEqual(self.refresh(newer["refresh"]).status_code, 200)

    def test_a_dead_token_that_comes_again_later_ends_its_family_and_no_other(self):
        other = tokens.issue(self.alice, now=timezone.now())
        newer = self.refresh(self.pair["refresh"]).json()
        row = RefreshToken.objects.get(used_at__isnull=False)
        row.used_at -= timedelta(seconds=11)
        row.save()
        self.assertEqual(self.refresh(self.pair["refresh"]).status_code, 401)
        self.assertEqual(self.refresh(newer["refresh"]).status_code, 401)
        self.assertEqual(self.refresh(other["refresh"]).status_code, 200)

    def test_a_refresh_token_ends_after_a_week(self):
        with self.later(days=7, minutes=1):
            self.assertEqual(self.refresh(self.pair["refresh"]).status_code, 401)

    def test_a_refresh_token_that_was_never_issued_is_401(self):
        claims = jwt.decode(self.pair["refresh"], options={"verify_signature": False})
        token = jwt.encode({**claims, "jti": "0" * 32}, settings.SECRET_KEY, algorithm="HS256")
        self.assertEqual(self.refresh(token).status_code, 401)


class LoggingOut(Tokens):
    def log_out(self, caller: Api, token: str) -> int:
        return caller.post("/auth/logout", {"refresh": token}).status_code

    def test_logging_out_ends_the_session_and_no_other(self):
        other = tokens.issue(self.alice, now=timezone.now())
        self.assertEqual(self.log_out(Api(self.alice), self.pair["refresh"]), 204)
        self.assertEqual(self.refresh(self.pair["refresh"]).status_code, 401)
        self.assertEqual(self.refresh(other["refresh"]).status_code, 200)

    def test_nobody_ends_the_session_of_another(self):
        self.assertEqual(self.log_out(Api(self.bob), self.pair["refresh"]), 401)
        self.assertEqual(self.log_out(Api(), self.pair["refresh"]), 401)
        self.assertEqual(self.refresh(self.pair["refresh"]).status_code, 200)
