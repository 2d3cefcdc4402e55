"""Neither an answer nor the work behind it tells who has an account."""

from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client, TestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from shs.notices.models import Notice
from shs.testing import PASSWORD, Api, TestUsers, sending
from shs.users import mail_requests
from shs.users.models import MailRequest, User
from shs.users.tests.test_login import Counted

KNOWN, UNKNOWN, SUSPENDED = EACH = ("alice@example.com", "nobody@example.com", "sam@example.com")


class Base(TestUsers, TestCase):
    def setUp(self):
        cache.clear()

    def work(self, call) -> tuple[int, str, list[str]]:
        """Status, body and statements of `call()`."""
        with CaptureQueriesContext(connection) as asked:
            answer = call()
        statements = [" ".join(q["sql"].split()[:4]) for q in asked.captured_queries if "SAVEPOINT" not in q["sql"]]
        return answer.status_code, answer.content.decode(), statements


class Reset(Base):
    def test_a_reset_does_the_same_for_known_unknown_and_suspended(self):
        api = {
            e: self.work(lambda e=e: Api().post("/auth/password/reset", {"email": e}))
            for e in (KNOWN, UNKNOWN, SUSPENDED)
        }
        self.assertEqual(api[KNOWN], api[UNKNOWN])
        self.assertEqual(api[KNOWN], api[SUSPENDED])
        self.assertFalse(Notice.objects.filter(kind="reset_password").exists())
        page = reverse("account_forgotten")
        pages = {e: self.work(lambda e=e: Client().post(page, {"email": e}))[2] for e in EACH}
        self.assertEqual(pages[KNOWN], pages[UNKNOWN])
        self.assertEqual(pages[KNOWN], pages[SUSPENDED])

    def test_what_is_sent_is_sent_afterwards_and_at_most_once_a_minute(self):
        for _time in range(3):
            for email in (KNOWN, UNKNOWN, SUSPENDED):
                Api().post("/auth/password/reset", {"email": email})
        self.assertEqual(mail_requests.answer(now=timezone.now(), dry_run=True), 9)
        with sending():
            self.assertEqual(mail.outbox, [])
        self.assertEqual([message.to for message in mail.outbox], [[KNOWN]])
        self.assertFalse(MailRequest.objects.exists())


class Registration(Base):
    BODY = {"email": KNOWN, "password": PASSWORD, "name": "New"}

    def test_the_owner_is_told_at_most_once_a_day(self):
        with sending():
            for _time in range(3):
                self.assertEqual(Api().post("/auth/register", self.BODY).status_code, 409)
        (message,) = mail.outbox
        self.assertEqual(message.to, [KNOWN])
        self.assertIn("wanted to register", message.subject)


@override_settings(PASSWORD_HASHERS=["shs.users.backends.Argon2"])
class Login(Base):
    def test_a_login_does_the_same_for_known_unknown_suspended_and_without_password(self):
        for email in (KNOWN, SUSPENDED):
            user = User.objects.get(email=email)
            user.set_password(PASSWORD)
            user.save()
        made = User.objects.create_user("fresh@example.com", None, name="Fresh")
        found = set()
        for email in (KNOWN, UNKNOWN, SUSPENDED, made.email):
            with Counted(self.hasher(), "encode", "verify") as hashes:
                status, body, statements = self.work(
                    lambda e=email: Api().post("/auth/login", {"email": e, "password": "wrong one"})
                )
            found.add((status, body, tuple(statements), hashes.count))
        self.assertEqual(len(found), 1, found)

    def hasher(self) -> type:
        from shs.users.backends import Argon2

        return Argon2

    def test_a_pause_is_the_same_for_known_and_unknown(self):
        answers = {}
        for email in (KNOWN, UNKNOWN):
            answers[email] = [
                Api().post("/auth/login", {"email": email, "password": "x"}).status_code for _ in range(7)
            ]
        self.assertEqual(answers[KNOWN], answers[UNKNOWN])
