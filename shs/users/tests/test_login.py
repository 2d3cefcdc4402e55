"""Registration, login and the lock-out after failed logins."""

from contextlib import ExitStack
from unittest import mock

from django.contrib.auth.hashers import check_password, identify_hasher, make_password
from django.core import mail
from django.test import TestCase, override_settings

from shs.core.grants.table import holds
from shs.testing import PASSWORD, Api, TestUsers, sending
from shs.users.backends import Argon2
from shs.users.models import User

REAL_HASHER = override_settings(PASSWORD_HASHERS=["shs.users.backends.Argon2"])
NEW = {"email": "new@example.com", "password": PASSWORD, "name": "Nadia Rahman"}


class Counted(ExitStack):
    """Counts the calls of some methods of a class, which still run."""

    def __init__(self, owner: type, *names: str):
        super().__init__()
        spies = [mock.patch.object(owner, name, autospec=True, side_effect=getattr(owner, name)) for name in names]
        self.spies = [self.enter_context(spy) for spy in spies]

    @property
    def count(self) -> int:
        return sum(spy.call_count for spy in self.spies)


class Registration(TestUsers, TestCase):
    def test_a_new_user_is_a_patient_and_logged_in(self):
        answer = Api().post("/auth/register", {**NEW, "phone": "+8801712345678"})
        self.assertEqual(answer.status_code, 201)
        body = answer.json()
        self.assertEqual(
            body["user"], {**body["user"], "email": "new@example.com", "role": "patient", "is_verified": False}
        )
        profile = self.client.get("/api/v1/auth/profile", headers={"Authorization": f"Bearer {body['access']}"}).json()
        self.assertEqual(profile["phone"], "+8801712345678")

    def test_a_user_can_register_as_a_doctor_and_apply(self):
        body = Api().post("/auth/register", {**NEW, "role": "doctor"}).json()
        user = User.objects.get(pk=body["user"]["id"])
        self.assertTrue(holds(user, "doctors.apply_doctorinformation"))

    def test_the_email_address_is_normalized(self):
        for email in (" NEW@Example.COM ", "ｎｅｗ2@example.com"):
            with self.subTest(email=email):
                stored = Api().post("/auth/register", {**NEW, "email": email}).json()["user"]["email"]
                self.assertRegex(stored, r"^new2?@example\.com$")

    def test_a_registered_email_address_is_409_in_any_spelling(self):
        for email in ("alice@example.com", "ALICE@EXAMPLE.COM"):
            answer = Api().post("/auth/register", {**NEW, "email": email})
            self.assertEqual((answer.status_code, answer.json()["type"]), (409, "urn:shs:problem:email_taken"))

    def test_a_weak_password_is_422_and_names_the_field(self):
        for password in ("short", "password", "1234567890", "nadia rahman", "new@example.com"):
            with self.subTest(password=password):
                answer = Api().post("/auth/register", {**NEW, "password": password})
                self.assertEqual((answer.status_code, answer.json()["errors"][0]["field"]), (422, "password"))
        self.assertFalse(User.objects.filter(email=NEW["email"]).exists())

    def test_role_and_flags_cannot_be_set_at_registration(self):
        for smuggled in (
            {"role": "admin"},
            {"role": "staff"},
            {"is_staff": True},
            {"is_superuser": 1},
            {"groups": [1]},
        ):
            with self.subTest(smuggled=smuggled):
                self.assertEqual(Api().post("/auth/register", {**NEW, **smuggled}).status_code, 422)
                alice = Api(self.alice)
                self.assertEqual(alice.patch("/auth/profile", smuggled).status_code, 422)
        self.alice.refresh_from_db()
        self.assertEqual((self.alice.role, self.alice.is_staff), ("patient", False))

    def test_the_first_history_line_has_the_data_without_the_password(self):
        Api().post("/auth/register", NEW)
        line = User.objects.get(email=NEW["email"]).history.get()
        self.assertEqual((line.history_type, line.role), ("+", "patient"))
        self.assertFalse(hasattr(line, "password"))

    def test_the_link_in_the_mail_confirms_the_address_once(self):
        with sending():
            Api().post("/auth/register", NEW)
        (message,) = mail.outbox
        self.assertEqual(message.to, [NEW["email"]])
        uid, token = message.body.partition("uid=")[2].split()[0].split("&token=")
        self.assertEqual(Api().post("/auth/email/verify", {"uid": uid, "token": "a-b"}).status_code, 422)
        self.assertEqual(Api().post("/auth/email/verify", {"uid": uid, "token": token}).status_code, 204)
        self.assertTrue(User.objects.get(email=NEW["email"]).is_verified)
        self.assertEqual(Api().post("/auth/email/verify", {"uid": uid, "token": token}).status_code, 422)

    def test_registration_works_without_a_mail_server(self):
        with (
            override_settings(EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend", EMAIL_PORT=1),
            sending(),
        ):
            answer = Api().post("/auth/register", NEW)
        self.assertEqual(answer.status_code, 201)


class Login(TestUsers, TestCase):
    def log_in(self, email: str, password: str, **headers):
        return Api().post("/auth/login", {"email": email, "password": password}, **headers)

    def test_the_right_password_returns_a_pair_of_tokens(self):
        body = self.log_in("alice@example.com", PASSWORD).json()
        self.assertEqual(set(body), {"access", "refresh", "device", "must_enrol", "user"})
        self.assertEqual(set(body["user"]), {"id", "email", "name", "role", "is_verified"})

    def test_the_case_of_the_address_does_not_matter(self):
        self.assertEqual(self.log_in(" Alice@EXAMPLE.com ", PASSWORD).status_code, 200)

    def test_unknown_address_and_wrong_password_have_the_same_response(self):
        unknown, wrong = self.log_in("no@example.com", "x"), self.log_in("alice@example.com", "x")
        suspended = self.log_in("sam@example.com", PASSWORD)
        self.assertEqual(unknown.status_code, 401)
        self.assertEqual(unknown.json(), wrong.json())
        self.assertEqual(unknown.json(), suspended.json())

    @REAL_HASHER
    def test_an_unknown_address_takes_one_hash_like_a_wrong_password(self):
        self.alice.set_password(PASSWORD)
        self.alice.save()
        for email in ("alice@example.com", "nobody@example.com"):
            with self.subTest(email=email), Counted(Argon2, "encode", "verify") as hashes:
                self.log_in(email, "wrong")
            self.assertEqual(hashes.count, 1)

    def test_after_five_failures_an_address_is_locked_even_with_the_right_password(self):
        for _attempt in range(4):
            self.assertEqual(self.log_in("alice@example.com", "wrong").status_code, 401)
        self.assertEqual(self.log_in("alice@example.com", "wrong").status_code, 429)
        locked = self.log_in("ALICE@example.com", PASSWORD)
        self.assertEqual(locked.status_code, 429)
        self.assertGreater(int(locked["Retry-After"]), 0)
        self.assertEqual(locked["Content-Type"], "application/problem+json")
        self.assertEqual(self.log_in("bob@example.com", PASSWORD).status_code, 200)

    def test_another_spelling_of_the_address_is_locked_too(self):
        spellings = [
            "alice@example.com",
            "ALICE@example.com",
            "Alice@Example.com",
            " alice@example.com",
            "ａlice@example.com",
        ]
        answers = [self.log_in(email, "wrong").status_code for email in spellings]
        self.assertEqual(answers, [401, 401, 401, 401, 429])

    def test_an_unknown_address_is_locked_too(self):
        answers = [self.log_in("nobody@example.com", "wrong").status_code for _attempt in range(5)]
        self.assertEqual(answers, [401, 401, 401, 401, 429])

    def test_a_successful_login_resets_the_failures(self):
        for _attempt in range(4):
            self.log_in("alice@example.com", "wrong")
        self.assertEqual(self.log_in("alice@example.com", PASSWORD).status_code, 200)
        for _attempt in range(4):
            self.assertEqual(self.log_in("alice@example.com", "wrong").status_code, 401)

    def test_a_forwarded_address_counts_only_behind_a_trusted_proxy(self):
        for attempt in range(5):
            self.log_in("alice@example.com", "wrong", **{"X-Forwarded-For": f"10.0.0.{attempt}"})
        self.assertEqual(self.log_in("alice@example.com", PASSWORD).status_code, 429)

    def test_an_address_that_is_too_long_after_normalization_is_no_500(self):
        self.assertEqual(self.log_in("\ufdfa" * 250, "wrong").status_code, 401)

    def test_unusual_headers_are_no_500(self):
        for agent in ("x" * 5000, "é", "\u202e"):
            with self.subTest(agent=agent[:5]):
                headers = {"User-Agent": agent}
                self.assertEqual(self.log_in("alice@example.com", PASSWORD, **headers).status_code, 200)
                self.assertEqual(self.log_in("alice@example.com", "wrong", **headers).status_code, 401)

    def test_last_login_is_stored_without_a_history_line(self):
        before = self.alice.history.count()
        self.log_in("alice@example.com", PASSWORD)
        self.alice.refresh_from_db()
        self.assertIsNotNone(self.alice.last_login)
        self.assertEqual(self.alice.history.count(), before)


class BackOfficeLogin(TestUsers, TestCase):
    def log_in(self, email: str, password: str = PASSWORD):
        return self.client.post("/admin/login/", {"username": email, "password": password})

    def test_staff_doctors_and_admins_can_log_in(self):
        for user in (self.carol, self.dave, self.erin, self.frank, self.grace, self.henry, self.irene):
            with self.subTest(who=user.email):
                self.client.logout()
                self.assertRedirects(self.log_in(user.email.upper()), "/admin/")

    def test_patients_and_suspended_users_cannot_log_in(self):
        for user in (self.alice, self.bob, self.sam):
            with self.subTest(who=user.email):
                self.assertEqual(self.log_in(user.email).status_code, 200)
                self.assertEqual(self.client.get("/admin/").status_code, 302)

    def test_after_repeated_failures_the_page_shows_the_waiting_time(self):
        answers = [self.log_in(self.erin.email, "wrong") for _attempt in range(5)]
        self.assertEqual([answer.status_code for answer in answers], [200, 200, 200, 200, 429])
        self.assertGreater(int(answers[-1]["Retry-After"]), 0)

    def test_a_session_ends_with_suspension_or_a_new_password(self):
        for end in (
            lambda: self.erin.suspend(reason="x"),
            lambda: self.erin.change_password("another lantern 8", reason="x"),
            lambda: self.erin.end_sessions(reason="x"),
        ):
            self.client.force_login(self.erin, backend="shs.users.backends.EmailBackend")
            self.assertEqual(self.client.get("/admin/").status_code, 200)
            end()
            self.assertEqual(self.client.get("/admin/").status_code, 302)
            if not self.erin.is_active:
                self.erin.reinstate(reason="x")


class Passwords(TestCase):
    @REAL_HASHER
    def test_passwords_are_hashed_with_argon2id_and_owasp_parameters(self):
        kept = make_password(PASSWORD)
        self.assertTrue(kept.startswith("argon2$argon2id$"))
        self.assertIn("m=19456,t=2,p=1", kept)
        self.assertEqual(identify_hasher(kept).algorithm, "argon2")
        self.assertTrue(check_password(PASSWORD, kept))
        self.assertFalse(check_password(PASSWORD + " ", kept))
