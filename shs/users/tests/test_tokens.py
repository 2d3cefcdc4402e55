"""Tokens: lifetime, rotation and revocation."""

from datetime import timedelta

import jwt
import time_machine
from django.conf import settings
from django.test import TestCase
from django.utils import timezone

from shs.testing import PASSWORD, Api, TestUsers
from shs.users import tokens


class Tokens(TestUsers, TestCase):
    def setUp(self):
        self.pair = tokens.issue(self.alice, now=timezone.now())

    def profile(self, access: str) -> int:
        return self.client.get("/api/v1/auth/profile", headers={"Authorization": f"Bearer {access}"}).status_code

    def refresh(self, token: str, **headers: str):
        return Api().post("/auth/token/refresh", {"refresh": token}, **headers)

    def later(self, **span):
        return time_machine.travel(timezone.now() + timedelta(**span), tick=False)


class Access(Tokens):
    def test_an_access_token_is_valid_for_its_lifetime(self):
        self.assertEqual(self.profile(self.pair["access"]), 200)
        with self.later(minutes=59):
            self.assertEqual(self.profile(self.pair["access"]), 200)
        with self.later(minutes=61):
            self.assertEqual(self.profile(self.pair["access"]), 401)

    def test_access_and_refresh_tokens_cannot_replace_each_other(self):
        self.assertEqual(self.profile(self.pair["refresh"]), 401)
        self.assertEqual(self.refresh(self.pair["access"]).status_code, 401)

    def test_a_token_with_a_wrong_signature_is_invalid(self):
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

    def test_a_token_without_a_claim_is_invalid(self):
        claims = jwt.decode(self.pair["access"], options={"verify_signature": False})
        for missing in ("exp", "sub", "ver", "sid", "typ"):
            with self.subTest(missing=missing):
                cut = {name: value for name, value in claims.items() if name != missing}
                self.assertEqual(self.profile(jwt.encode(cut, settings.SECRET_KEY, algorithm="HS256")), 401)

    def test_the_token_of_a_suspended_user_becomes_invalid_permanently(self):
        self.alice.suspend(reason="abuse")
        self.assertEqual(self.profile(self.pair["access"]), 401)
        self.assertEqual(self.refresh(self.pair["refresh"]).status_code, 401)
        self.alice.reinstate(reason="a mistake")
        self.assertEqual(self.profile(self.pair["access"]), 401)
        self.assertEqual(self.refresh(self.pair["refresh"]).status_code, 401)

    def test_tokens_from_before_a_password_change_are_invalid(self):
        other = tokens.issue(self.alice, now=timezone.now())
        caller = Api(self.alice)
        change = {"current_password": PASSWORD, "new_password": "another lantern 8"}
        self.assertEqual(caller.post("/auth/password/change", change).status_code, 204)
        for pair in (self.pair, other):
            self.assertEqual(self.profile(pair["access"]), 401)
            self.assertEqual(self.refresh(pair["refresh"]).status_code, 401)
        self.assertEqual(caller.get("/auth/profile").status_code, 401)

    def test_a_401_has_www_authenticate(self):
        self.assertEqual(Api().get("/auth/profile")["WWW-Authenticate"], "Bearer")


class Refresh(Tokens):
    def test_a_refresh_returns_a_new_pair(self):
        answer = self.refresh(self.pair["refresh"])
        self.assertEqual((answer.status_code, set(answer.json())), (200, {"access", "refresh"}))
        self.assertNotEqual(answer.json()["refresh"], self.pair["refresh"])
        self.assertEqual(self.profile(answer.json()["access"]), 200)

    def test_the_same_client_gets_the_same_pair_again_for_30_seconds(self):
        newer = self.refresh(self.pair["refresh"]).json()
        for seconds in (0, 29):
            with self.later(seconds=seconds):
                self.assertEqual(self.refresh(self.pair["refresh"]).json(), newer)
        self.assertEqual(self.refresh(newer["refresh"]).status_code, 200)

    def test_another_client_does_not_get_that_pair(self):
        newer = self.refresh(self.pair["refresh"]).json()
        other = self.refresh(self.pair["refresh"], **{"User-Agent": "another"})
        self.assertEqual(other.status_code, 200)
        self.assertNotEqual(other.json()["refresh"], newer["refresh"])
        # Two clients hold tokens of this session now; who comes with the replaced one shows that.
        self.assertEqual(self.refresh(newer["refresh"]).status_code, 401)
        self.assertEqual(self.profile(other.json()["access"]), 401)

    def test_a_lost_answer_is_replaced_also_later(self):
        lost = self.refresh(self.pair["refresh"]).json()
        with self.later(minutes=30):
            newer = self.refresh(self.pair["refresh"])
            self.assertEqual(newer.status_code, 200)
            self.assertNotEqual(newer.json()["refresh"], lost["refresh"])
            self.assertEqual(self.profile(newer.json()["access"]), 200)

    def test_a_token_that_comes_again_after_its_successor_was_used_ends_the_session_at_once_and_no_other(self):
        other = tokens.issue(self.alice, now=timezone.now())
        newer = self.refresh(self.pair["refresh"]).json()
        newest = self.refresh(newer["refresh"]).json()
        with self.later(seconds=31):
            self.assertEqual(self.profile(newest["access"]), 200)
            self.assertEqual(self.refresh(self.pair["refresh"]).status_code, 401)
            for pair in (self.pair, newer, newest):
                self.assertEqual(self.profile(pair["access"]), 401)
                self.assertEqual(self.refresh(pair["refresh"]).status_code, 401)
            self.assertEqual(self.profile(other["access"]), 200)
            self.assertEqual(self.refresh(other["refresh"]).status_code, 200)

    def test_a_refresh_token_expires_after_a_week(self):
        with self.later(days=7, minutes=1):
            self.assertEqual(self.refresh(self.pair["refresh"]).status_code, 401)

    def test_a_refresh_token_that_was_never_issued_is_401(self):
        claims = jwt.decode(self.pair["refresh"], options={"verify_signature": False})
        token = jwt.encode({**claims, "jti": "0" * 32}, settings.SECRET_KEY, algorithm="HS256")
        self.assertEqual(self.refresh(token).status_code, 401)


class Logout(Tokens):
    def log_out(self, caller: Api, token: str) -> int:
        return caller.post("/auth/logout", {"refresh": token}).status_code

    def test_logging_out_ends_the_session_and_no_other(self):
        other = tokens.issue(self.alice, now=timezone.now())
        self.assertEqual(self.log_out(Api(self.alice), self.pair["refresh"]), 204)
        self.assertEqual(self.refresh(self.pair["refresh"]).status_code, 401)
        self.assertEqual(self.profile(self.pair["access"]), 401)
        self.assertEqual(self.profile(other["access"]), 200)
        self.assertEqual(self.refresh(other["refresh"]).status_code, 200)

    def test_a_token_that_was_used_up_ends_its_session_too(self):
        newer = self.refresh(self.pair["refresh"]).json()
        self.assertEqual(self.log_out(Api(self.alice), self.pair["refresh"]), 204)
        self.assertEqual(self.profile(newer["access"]), 401)

    def test_an_authenticated_request_asks_one_query_for_its_caller(self):
        with self.assertNumQueries(1):
            self.assertEqual(tokens.user_of(self.pair["access"]), self.alice)

    def test_sessions_of_others_cannot_be_ended(self):
        self.assertEqual(self.log_out(Api(self.bob), self.pair["refresh"]), 401)
        self.assertEqual(self.log_out(Api(), self.pair["refresh"]), 401)
        self.assertEqual(self.refresh(self.pair["refresh"]).status_code, 200)
