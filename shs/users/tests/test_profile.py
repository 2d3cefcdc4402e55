"""The user's own profile, and changing or resetting the password."""

from datetime import timedelta

import time_machine
from django.core import mail
from django.test import TestCase
from django.utils import timezone
from django.utils.http import urlsafe_base64_encode

from shs.testing import PASSWORD, Api, TestUsers, sending
from shs.users import tokens

NEW_PASSWORD = "another lantern 8"


class Profile(TestUsers, TestCase):
    def test_put_clears_fields_that_are_not_given(self):
        caller = Api(self.alice)
        caller.put(
            "/auth/profile", {"name": "Alice B.", "city": "Dhaka", "blood_group": "O+", "date_of_birth": "1990-05-05"}
        )
        body = caller.put("/auth/profile", {"name": "Alice B.", "gender": "female"}).json()
        self.assertEqual((body["city"], body["blood_group"], body["date_of_birth"]), ("", "", None))
        self.assertEqual((body["name"], body["gender"]), ("Alice B.", "female"))

    def test_patch_changes_the_given_fields_only(self):
        caller = Api(self.alice)
        caller.put("/auth/profile", {"name": "Alice", "city": "Dhaka", "blood_group": "O+"})
        body = caller.patch("/auth/profile", {"city": "Sylhet"}).json()
        self.assertEqual((body["name"], body["city"], body["blood_group"]), ("Alice", "Sylhet", "O+"))
        self.assertEqual(caller.patch("/auth/profile", {}).json(), body)

    def test_a_name_cannot_be_emptied(self):
        for body in ({"name": ""}, {"name": "  "}, {"name": None}):
            self.assertEqual(Api(self.alice).patch("/auth/profile", body).status_code, 422)

    def test_a_date_of_birth_in_the_future_is_refused(self):
        tomorrow = f"{timezone.localdate() + timedelta(days=1)}"
        answer = Api(self.alice).patch("/auth/profile", {"date_of_birth": tomorrow})
        self.assertEqual((answer.status_code, answer.json()["errors"][0]["field"]), (422, "date_of_birth"))

    def test_text_is_normalized_and_bangla_is_kept(self):
        body = Api(self.alice).patch("/auth/profile", {"name": "  নাদিয়া রহমান ", "city": "Cafe\u0301"}).json()
        self.assertEqual(body["city"], "Caf\u00e9")
        self.assertEqual(body["name"].strip(), body["name"])

    def test_the_history_records_user_and_request(self):
        answer = Api(self.alice).patch("/auth/profile", {"city": "Sylhet"})
        line = self.alice.profile.history.first()
        self.assertEqual((line.city, line.history_user), ("Sylhet", self.alice))
        self.assertEqual(line.history_request, answer["X-Request-ID"])
        self.assertEqual(line.history_address, "127.0.0.1")

    def test_staff_can_read_only_their_own_profile_by_the_api(self):
        caller = Api(self.erin)
        self.assertEqual(caller.get("/auth/profile").status_code, 200)
        self.assertEqual(caller.get(f"/appointments/{self.visit.pk}").status_code, 404)


class ChangingThePassword(TestUsers, TestCase):
    def change(self, **fields):
        body = {"current_password": PASSWORD, "new_password": NEW_PASSWORD, **fields}
        return Api(self.alice).post("/auth/password/change", body)

    def test_only_the_new_password_logs_in(self):
        self.assertEqual(self.change().status_code, 204)
        for password, status in ((NEW_PASSWORD, 200), (PASSWORD, 401)):
            body = {"email": "alice@example.com", "password": password}
            self.assertEqual(Api().post("/auth/login", body).status_code, status)

    def test_a_wrong_or_weak_password_is_422_with_its_field(self):
        for fields, field in (
            ({"current_password": "wrong"}, "current_password"),
            ({"new_password": "short"}, "new_password"),
            ({"new_password": "password1"}, "new_password"),
            ({"new_password": "alice@example.com"}, "new_password"),
        ):
            with self.subTest(fields=fields):
                answer = self.change(**fields)
                self.assertEqual((answer.status_code, answer.json()["errors"][0]["field"]), (422, field))

    def test_the_history_has_the_change_without_the_password(self):
        self.change()
        line = self.alice.history.first()
        self.assertEqual(line.history_change_reason, "changed by the user")
        self.assertFalse(hasattr(line, "password"))


class ResettingThePassword(TestUsers, TestCase):
    def ask(self, email: str) -> int:
        with sending():
            return Api().post("/auth/password/reset", {"email": email}).status_code

    def link(self) -> dict[str, str]:
        uid, token = mail.outbox[-1].body.partition("uid=")[2].split()[0].split("&token=")
        return {"uid": uid, "token": token}

    def test_a_second_request_within_a_minute_sends_no_mail(self):
        self.assertEqual([self.ask("alice@example.com") for _wish in range(2)], [202, 202])
        self.assertEqual(len(mail.outbox), 1)

    def confirm(self, **fields):
        return Api().post("/auth/password/reset/confirm", {**self.link(), "new_password": NEW_PASSWORD, **fields})

    def test_the_response_does_not_tell_whether_the_address_is_known(self):
        self.assertEqual([self.ask("no@example.com"), self.ask("sam@example.com")], [202, 202])
        self.assertEqual(mail.outbox, [])
        self.assertEqual(self.ask(" ALICE@example.com"), 202)
        self.assertEqual(mail.outbox[0].to, ["alice@example.com"])

    def test_the_link_sets_a_new_password_once_and_ends_every_session(self):
        pair = tokens.issue(self.alice, now=timezone.now())
        self.ask("alice@example.com")
        self.assertEqual(self.confirm().status_code, 204)
        self.assertEqual(self.confirm().status_code, 422)
        self.assertIsNone(tokens.user_of(pair["access"]))
        body = {"email": "alice@example.com", "password": NEW_PASSWORD}
        self.assertEqual(Api().post("/auth/login", body).status_code, 200)

    def test_a_wrong_link_or_a_weak_password_changes_nothing(self):
        self.ask("alice@example.com")
        bob = {"uid": urlsafe_base64_encode(str(self.bob.pk).encode()), "token": self.link()["token"]}
        for fields in (
            {"token": "x-y"},
            {"uid": "!!"},
            {"uid": "OTk5OTk5"},
            {"uid": "4pi6"},
            bob,
            {"new_password": "short"},
        ):
            with self.subTest(fields=fields):
                self.assertEqual(self.confirm(**fields).status_code, 422)
        self.alice.refresh_from_db()
        self.assertTrue(self.alice.check_password(PASSWORD))

    def test_the_link_expires_after_a_day(self):
        self.ask("alice@example.com")
        with time_machine.travel(timezone.localtime() + timedelta(days=1, minutes=1)):
            self.assertEqual(self.confirm().status_code, 422)

    def test_a_suspended_user_cannot_reset_the_password(self):
        self.ask("alice@example.com")
        self.alice.suspend(reason="abuse")
        self.assertEqual(self.confirm().status_code, 422)
