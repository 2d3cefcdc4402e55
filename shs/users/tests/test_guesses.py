"""Guessing is slowed down by account and by internet address, in the office and the API; a device that has logged in
before is not."""

from datetime import timedelta
from unittest import mock

import time_machine
from django.test import Client, SimpleTestCase, TestCase, override_settings
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode, urlsafe_base64_encode

from shs.core.gate import hashing
from shs.testing import PASSWORD, Api, TestUsers, limits
from shs.users import addresses, checks, tasks
from shs.users.links import CONFIRM, UNDO, change_token, reset_token
from shs.users.models import LoginPause, User
from shs.users.tests.test_second_factor import code_of, enrol

LOGIN, LIST = reverse("admin:login"), reverse("admin:users_loginpause_changelist")
HOME, ELSEWHERE = "198.51.100.1", "203.0.113.9"
WRONG = "wrong"
NEW = "two lanterns by the river 9"


@override_settings(TRUSTED_PROXIES=1)
class Base(TestUsers, TestCase):
    def setUp(self):
        self.clock = time_machine.travel(timezone.now().replace(microsecond=0), tick=False)
        self.now = self.clock.start()
        self.addCleanup(self.clock.stop)

    def api(self, email: str, password: str = WRONG, *, at: str = HOME, device: str = ""):
        headers = {"X-Forwarded-For": at, "X-Device-Token": device}
        return Api().post("/auth/login", {"email": email, "password": password}, **headers)

    def office(self, email: str, password: str = WRONG, *, at: str = HOME, client: Client | None = None):
        headers = {"X-Forwarded-For": at}
        return (client or Client()).post(LOGIN, {"username": email, "password": password}, headers=headers)

    def many(self, times: int, log_in, email: str, **where) -> list[int]:
        return [log_in(email, **where).status_code for _attempt in range(times)]


class Victims(Base):
    def test_a_neighbour_behind_the_same_address_does_not_slow_a_known_browser_or_app(self):
        browser = Client()
        self.assertEqual(self.office(self.carol.email, PASSWORD, client=browser).status_code, 302)
        device = self.api(self.carol.email, PASSWORD).json()["device"]
        browser.post(reverse("admin:logout"))
        self.many(20, self.office, self.carol.email)
        self.many(20, self.api, self.carol.email)
        self.assertEqual(self.api(self.carol.email, PASSWORD).status_code, 429)
        self.assertEqual(self.api(self.carol.email, PASSWORD, device=device).status_code, 200)
        self.assertEqual(self.office(self.carol.email, PASSWORD, client=browser).status_code, 302)

    def test_a_device_token_is_for_one_account_and_has_its_own_count(self):
        device = self.api(self.bob.email, PASSWORD).json()["device"]
        self.many(5, self.api, self.carol.email)
        for token in (device, f"{device}x", "x", "x" * 5000):
            self.assertEqual(self.api(self.carol.email, PASSWORD, device=token).status_code, 429)
        self.assertEqual(self.many(5, self.api, self.bob.email, device=device), [401, 401, 401, 401, 429])
        self.assertEqual(self.api(self.bob.email, PASSWORD, at=ELSEWHERE).status_code, 200)

    def test_a_login_gives_the_token_of_before_again(self):
        first = self.api(self.carol.email, PASSWORD).json()["device"]
        self.many(3, self.api, self.carol.email, device=first)
        self.assertEqual(self.api(self.carol.email, PASSWORD, device=first).status_code, 200)
        self.assertFalse(LoginPause.objects.exists())

    def test_the_cookie_is_for_the_server_alone(self):
        cookie = self.office(self.carol.email, PASSWORD).cookies["shs_device"]
        self.assertTrue(cookie["httponly"])
        self.assertEqual(cookie["samesite"], "Lax")
        self.assertNotIn("shs_device", self.office(self.carol.email).cookies)

    def test_a_finished_reset_lifts_the_pause(self):
        self.many(6, self.api, self.carol.email)
        self.many(6, self.api, self.carol.email, at=ELSEWHERE)
        uid = urlsafe_base64_encode(str(self.carol.pk).encode())
        body = {"uid": uid, "token": reset_token.make_token(User.objects.get(pk=self.carol.pk)), "new_password": NEW}
        self.assertEqual(Api().post("/auth/password/reset/confirm", body).status_code, 204)
        self.assertEqual(self.api(self.carol.email, NEW).status_code, 200)
        self.assertEqual(self.office(self.carol.email, NEW, at=ELSEWHERE).status_code, 302)


class Hashing(Base):
    def test_a_known_device_is_let_in_while_strangers_fill_the_gate(self):
        browser = Client()
        self.office(self.carol.email, PASSWORD, client=browser)
        browser.post(reverse("admin:logout"))
        device = self.api(self.carol.email, PASSWORD).json()["device"]
        hashers = {"PASSWORD_HASHERS": ["shs.users.backends.Argon2", "django.contrib.auth.hashers.MD5PasswordHasher"]}
        self.carol.change_password(PASSWORD, reason="test")
        with self.settings(**hashers):
            User.objects.get(pk=self.carol.pk).change_password(PASSWORD, reason="hashed by Argon2")
            with mock.patch.dict(hashing._waiting, {False: 1000}):
                self.assertEqual(self.api(self.carol.email, PASSWORD).status_code, 503)
                self.assertEqual(self.api(self.carol.email, PASSWORD, device=device).status_code, 200)
                self.assertEqual(self.office(self.carol.email, PASSWORD).status_code, 503)
                self.assertEqual(self.office(self.carol.email, PASSWORD, client=browser).status_code, 302)


class Limits(Base):
    """What neighbours behind the same address use up does not keep out who can prove who they are."""

    def test_a_known_browser_and_app_log_in_although_the_address_has_used_up_its_logins(self):
        browser = Client()
        self.office(self.carol.email, PASSWORD, client=browser)
        device = self.api(self.carol.email, PASSWORD).json()["device"]
        browser.post(reverse("admin:logout"))
        with limits(login=(0, 3), mail=(0, 3)):
            self.many(4, self.api, "nobody@example.com")
            self.assertEqual(self.api(self.carol.email, PASSWORD).status_code, 429)
            self.assertEqual(self.office(self.carol.email, PASSWORD).status_code, 429)
            self.assertEqual(self.api(self.carol.email, PASSWORD, device=device).status_code, 200)
            self.assertEqual(self.office(self.carol.email, PASSWORD, client=browser).status_code, 302)

    def test_a_known_device_has_a_limit_of_its_own_for_its_account_alone(self):
        device = self.api(self.carol.email, PASSWORD).json()["device"]
        with limits(login=(0, 3)):
            self.many(3, self.api, "nobody@example.com")
            answers = self.many(4, self.api, self.carol.email, password=PASSWORD, device=device)
            self.assertEqual(answers, [200, 200, 200, 429])
            for account in (self.bob.email, "nobody@example.com"):
                self.assertEqual(self.api(account, PASSWORD, device=device).status_code, 429)

    def test_a_code_counts_by_the_browser_that_has_given_the_password(self):
        enrol(self.carol)
        browser = Client()
        self.office(self.carol.email, PASSWORD, client=browser)
        code = code_of()
        page = reverse("admin:second_factor_code")
        self.assertEqual(browser.post(page, {"code": code}, headers={"X-Forwarded-For": HOME}).status_code, 302)
        browser.post(reverse("admin:logout"))
        with limits(login=(0, 3)):
            self.many(4, self.api, "nobody@example.com")
            self.assertEqual(self.office(self.carol.email, PASSWORD, client=browser).status_code, 302)
            self.assertEqual(browser.post(page, {"code": "x"}, headers={"X-Forwarded-For": HOME}).status_code, 200)

    def test_a_right_link_works_during_a_pause_and_over_the_limit_in_office_and_api(self):
        wrong = {"uid": "MQ", "token": "a-b", "new_password": NEW}
        with limits(link=(0, 3), login=(0, 30)):
            for _attempt in range(31):
                Api().post("/auth/password/reset/confirm", wrong, **{"X-Forwarded-For": HOME})
                Client().get(reverse("account_password"), {"uid": "MQ"}, headers={"X-Forwarded-For": HOME})
            refused = Api().post("/auth/password/reset/confirm", wrong, **{"X-Forwarded-For": HOME})
            self.assertEqual(refused.status_code, 429)
            browser, page = Client(), f"{reverse('account_password')}?{urlencode(self.reset(self.carol))}"
            typed = {"new_password": NEW, "again": NEW}
            self.assertEqual(browser.get(page, headers={"X-Forwarded-For": HOME}).status_code, 200)
            self.assertContains(browser.post(page, typed, headers={"X-Forwarded-For": HOME}), "is set")
            body = {**self.reset(self.bob), "new_password": NEW}
            answer = Api().post("/auth/password/reset/confirm", body, **{"X-Forwarded-For": HOME})
            self.assertEqual(answer.status_code, 204)

    def test_the_browser_or_app_that_finishes_a_reset_is_known_from_then_on(self):
        browser, page = Client(), f"{reverse('account_password')}?{urlencode(self.reset(self.carol))}"
        browser.post(page, {"new_password": NEW, "again": NEW}, headers={"X-Forwarded-For": HOME})
        body = {**self.reset(self.bob), "new_password": NEW}
        device = Api().post("/auth/password/reset/confirm", body)["X-Device-Token"]
        for number in range(20):
            self.api(f"person{number}@example.com")
        self.assertEqual(self.office(self.carol.email, NEW).status_code, 429)
        self.assertEqual(self.office(self.carol.email, NEW, client=browser).status_code, 302)
        self.assertEqual(self.api(self.bob.email, NEW).status_code, 429)
        self.assertEqual(self.api(self.bob.email, NEW, device=device).status_code, 200)

    def test_a_right_link_to_undo_a_change_works_over_the_limit(self):
        change = addresses.start(user=self.carol, email="c2@example.com", by=self.carol, now=timezone.now())
        addresses.confirm(token=change_token(change.pk, CONFIRM), now=timezone.now())
        with limits(link=(0, 1)):
            for _attempt in range(25):
                wrong = Api().post("/auth/email/change/undo", {"token": "x"})
            self.assertEqual(wrong.status_code, 429)
            right = Api().post("/auth/email/change/undo", {"token": change_token(change.pk, UNDO)})
            self.assertEqual(right.status_code, 204)

    def reset(self, user: User) -> dict[str, str]:
        token = reset_token.make_token(User.objects.get(pk=user.pk))
        return {"uid": urlsafe_base64_encode(str(user.pk).encode()), "token": token}


class Pauses(Base):
    def test_pauses_grow_up_to_a_quarter_of_an_hour(self):
        self.many(5, self.api, self.carol.email)
        waits = []
        for _attempt in range(7):
            waits.append(int(self.api(self.carol.email, PASSWORD)["Retry-After"]))
            self.now.shift(waits[-1] + 1)
            self.api(self.carol.email)
        self.assertEqual(waits, [30, 60, 120, 240, 480, 900, 900])

    def test_one_account_guessed_from_many_addresses_pauses(self):
        answers = [self.api(self.carol.email, at=f"192.0.2.{number}").status_code for number in range(30)]
        self.assertEqual(answers, [401] * 9 + [429] * 21)
        self.assertEqual(self.office(self.carol.email, PASSWORD, at=ELSEWHERE).status_code, 429)

    def test_many_accounts_guessed_from_one_address_pause(self):
        answers = [self.api(f"person{number}@example.com").status_code for number in range(30)]
        self.assertEqual(answers, [401] * 19 + [429] * 11)
        self.assertEqual(self.office(self.erin.email, PASSWORD).status_code, 429)
        self.assertEqual(self.office(self.erin.email, PASSWORD, at=ELSEWHERE).status_code, 302)

    def test_the_addresses_of_one_ipv6_network_count_as_one(self):
        first = [self.api(f"person{n}@example.com", at=f"2001:db8:0:7::{n:x}").status_code for n in range(1, 20)]
        self.assertEqual(first, [401] * 19)
        self.assertEqual(self.office("person20@example.com", at="2001:DB8:0:7:a:b:c:d").status_code, 429)
        self.assertEqual(self.office(self.erin.email, PASSWORD, at="2001:db8:0:7::ffff").status_code, 429)
        self.assertEqual(self.office(self.erin.email, PASSWORD, at="2001:db8:0:8::1").status_code, 302)

    def test_an_ipv4_address_written_as_ipv6_is_the_same(self):
        self.many(5, self.api, self.carol.email, at=HOME)
        self.assertEqual(self.api(self.carol.email, PASSWORD, at=f"::ffff:{HOME}").status_code, 429)

    def test_who_has_an_account_cannot_reset_the_count_of_an_address_by_it(self):
        answers = []
        for number in range(30):
            answers.append(self.api(f"person{number}@example.com").status_code)
            self.api(self.bob.email, PASSWORD)
        self.assertEqual(answers[-1], 429)

    def test_office_and_api_count_together(self):
        self.many(2, self.office, self.carol.email)
        self.assertEqual(self.many(3, self.api, self.carol.email), [401, 401, 429])
        page = self.office(self.carol.email, PASSWORD)
        self.assertContains(page, "Wait 1 minute", status_code=429)
        self.assertEqual(page["Retry-After"], "30")

    def test_a_wrong_current_password_counts(self):
        caller = Api(self.carol)
        change = {"current_password": "wrong", "new_password": NEW}
        answers = [caller.post("/auth/password/change", change).status_code for _attempt in range(40)]
        self.assertEqual(answers, [422] * 4 + [429] * 36)
        body = {"email": "new@example.com", "current_password": PASSWORD}
        self.assertEqual(caller.post("/auth/email/change", body).status_code, 429)

    def test_a_wrong_current_password_counts_in_the_office(self):
        client = Client()
        client.force_login(self.carol, backend="shs.users.backends.EmailBackend")
        typed = {"old_password": "wrong", "new_password1": NEW, "new_password2": NEW}
        for _attempt in range(6):
            client.post(reverse("admin:password_change"), typed)
        page = client.post(reverse("admin:password_change"), {**typed, "old_password": PASSWORD})
        self.assertContains(page, "Too many failed logins")

    def test_wrong_links_count_by_address(self):
        body = {"uid": "MQ", "token": "a-b", "new_password": NEW}
        answers = [Api().post("/auth/password/reset/confirm", body).status_code for _attempt in range(22)]
        self.assertEqual(answers, [422] * 19 + [429] * 3)
        self.assertEqual(Client().get(reverse("account_password"), {"uid": "MQ", "token": "a-b"}).status_code, 429)

    def test_a_day_after_the_last_wrong_guess_counting_begins_anew(self):
        self.many(4, self.api, self.carol.email)
        self.now.shift(timedelta(hours=25))
        self.assertEqual(self.api(self.carol.email).status_code, 401)
        self.assertEqual(tasks.forget_logins(now=timezone.now() + timedelta(hours=25)), 3)

    def test_what_is_no_address_is_not_stored_as_it_was_typed(self):
        self.api("my secret password")
        self.assertFalse(LoginPause.objects.filter(account__contains="secret").exists())
        self.assertEqual(LoginPause.objects.exclude(account="").count(), 2)


class Page(Base):
    def enter(self, user: User) -> Client:
        client = Client()
        client.force_login(user, backend="shs.users.backends.EmailBackend")
        return client

    def test_admins_see_pauses_and_lift_them_and_others_do_not(self):
        self.many(5, self.api, self.carol.email)
        row = LoginPause.objects.get(account=self.carol.email, address=HOME)
        step = reverse("admin:users_loginpause_step", args=(row.pk, "lift"))
        self.assertEqual(self.enter(self.erin).get(LIST).status_code, 403)
        self.assertEqual(self.enter(self.irene).post(step).status_code, 403)
        page = self.enter(self.frank).get(LIST)
        self.assertContains(page, HOME)
        self.assertContains(page, "c•••@example.com")
        self.assertEqual(self.enter(self.frank).post(step).status_code, 302)
        row.refresh_from_db()
        self.assertEqual((row.until, row.failures, row.lifted_by), (None, 0, self.frank))
        self.assertEqual(self.api(self.carol.email, PASSWORD).status_code, 200)


class Deployment(SimpleTestCase):
    def test_a_proxy_that_is_not_counted_is_named(self):
        with self.settings(HTTPS_ONLY=True, TRUSTED_PROXIES=0):
            self.assertEqual([found.id for found in checks.proxies_are_counted()], ["shs.W003"])
        with self.settings(HTTPS_ONLY=True, TRUSTED_PROXIES=1):
            self.assertEqual(checks.proxies_are_counted(), [])
