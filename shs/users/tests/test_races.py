"""Concurrent use of tokens, backup codes and registrations."""

from collections import Counter

from django.db import transaction
from django.utils import timezone
from django_otp.oath import TOTP

from shs.core.errors import Refused
from shs.testing import PASSWORD, Api, CommittedTestCase, at_once, make_user
from shs.users import second_factor, tokens
from shs.users.models import RefreshToken, Role, User


class Races(CommittedTestCase):
    def test_many_concurrent_refreshes_of_one_client_get_the_same_pair(self):
        alice = make_user("Alice", Role.PATIENT)
        refresh = tokens.issue(alice, now=timezone.now())["refresh"]
        answers = at_once(12, lambda number: Api().post("/auth/token/refresh", {"refresh": refresh}))
        self.assertEqual(Counter(answer.status_code for answer in answers), {200: 12})
        won = answers[0].json()
        self.assertEqual([answer.json() for answer in answers], [won] * 12)
        self.assertEqual(RefreshToken.objects.live().filter(session__user=alice).count(), 1)
        self.assertEqual(Api().post("/auth/token/refresh", {"refresh": won["refresh"]}).status_code, 200)

    def test_of_many_concurrent_uses_of_a_backup_code_one_succeeds(self):
        frank = make_user("Frank", Role.ADMIN)
        now = timezone.now()
        app = TOTP(bytes.fromhex(key := "ab" * 20))
        app.time = now.timestamp()
        code = second_factor.enrol(user=frank, key=key, code=f"{app.token():06d}", now=now)[0]

        def type_it(number: int) -> bool:
            try:
                second_factor.check(user=frank, code=code, now=timezone.now())
            except Refused:
                return False
            return True

        self.assertEqual(Counter(at_once(6, type_it)), {True: 1, False: 5})
        self.assertEqual(second_factor.codes_left(frank), 9)

    def test_of_many_concurrent_registrations_of_an_address_one_succeeds(self):
        fields = {"email": "new@example.com", "password": PASSWORD, "name": "New"}
        answers = at_once(8, lambda number: Api().post("/auth/register", fields).status_code)
        self.assertEqual(Counter(answers), {201: 1, 409: 7})
        self.assertEqual(User.objects.filter(email="new@example.com").count(), 1)

    def test_after_suspension_during_a_refresh_no_token_is_valid(self):
        alice = make_user("Alice", Role.PATIENT)
        refreshes = [tokens.issue(alice, now=timezone.now())["refresh"] for _each in range(6)]

        def act(number: int):
            if number == 6:
                with transaction.atomic():
                    User.objects.get(pk=alice.pk).suspend(reason="abuse")
                return None
            return Api().post("/auth/token/refresh", {"refresh": refreshes[number]})

        answers = [answer for answer in at_once(7, act) if answer]
        self.assertLessEqual({answer.status_code for answer in answers}, {200, 401})
        pairs = [answer.json() for answer in answers if answer.status_code == 200]
        with transaction.atomic():
            User.objects.get(pk=alice.pk).reinstate(reason="a mistake")
        for pair in pairs:
            self.assertIsNone(tokens.user_of(pair["access"]))
            self.assertEqual(Api().post("/auth/token/refresh", {"refresh": pair["refresh"]}).status_code, 401)
