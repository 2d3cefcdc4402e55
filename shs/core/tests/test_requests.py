"""What comes in and what goes out: settings, logs, health, cells of files."""

import json
import logging
import os
import subprocess
import sys
from contextlib import contextmanager
from io import StringIO
from unittest import mock

from django.conf import settings
from django.db import OperationalError
from django.test import RequestFactory, SimpleTestCase, TestCase, override_settings
from django.utils.functional import SimpleLazyObject

from shs.core.admin.resources import safe_cell
from shs.core.context import RequestContext, address_of, current
from shs.core.log import JsonFormatter
from shs.testing import Api, TestUsers


class Cells(SimpleTestCase):
    def test_no_cell_is_run_as_a_formula(self):
        for text in ("=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\x00=1", "＝1", "＋1", "－1", "＠x"):
            with self.subTest(text=text):
                self.assertEqual(safe_cell(text), f"'{text}")

    def test_numbers_and_words_stay_what_they_are(self):
        for value in ("-12.50", "-5", "12", "Dr. Carol", "", "a=b", "রহিম", 5, -5, None, True):
            with self.subTest(value=value):
                self.assertEqual(safe_cell(value), value)


@contextmanager
def everything_logged_to(stream: StringIO):
    """Each logger of the process writes all it has to say as JSON lines to `stream` alone."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    loggers = [logging.getLogger(name) for name in ("", "django", "axes", "django.server")]
    before = [logger.level for logger in loggers]
    with mock.patch.object(loggers[0], "handlers", [handler]):
        for logger in loggers:
            logger.setLevel(logging.DEBUG)
        yield
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


class Logs(TestUsers, TestCase):
    def line(self, name: str, message: str, *args, level: int = logging.INFO, **extra) -> dict:
        record = logging.LogRecord(name, level, __file__, 1, message, args, extra.get("exc_info"))
        return json.loads(JsonFormatter().format(record))

    def test_the_line_of_a_refused_request_names_the_request_and_its_user(self):
        written = StringIO()
        with everything_logged_to(written):
            answer = Api(self.alice).get("/appointments/999999")
        (line,) = [json.loads(text) for text in written.getvalue().splitlines() if "Not Found" in text]
        self.assertEqual((line["request"], line["user"]), (answer["X-Request-ID"], self.alice.pk))

    def test_a_line_is_json_with_the_request_and_the_user(self):
        request = RequestFactory().get("/x")
        request.user = self.alice
        token = current.set(RequestContext(request))
        self.addCleanup(current.reset, token)
        line = self.line("shs", "booked %s", "APT-1")
        self.assertEqual((line["message"], line["user"]), ("booked APT-1", self.alice.pk))
        self.assertEqual(line["request"], current.get().id)

    def test_a_line_that_is_written_while_the_user_is_looked_up_asks_for_no_user(self):
        request = RequestFactory().get("/x")
        request.user = SimpleLazyObject(lambda: self.fail("The log line has asked for the user."))
        token = current.set(RequestContext(request))
        self.addCleanup(current.reset, token)
        self.assertIsNone(self.line("shs", "Session data corrupted")["user"])

    def test_a_line_outside_of_a_request_names_neither(self):
        line = self.line("shs", "started")
        self.assertEqual((line["request"], line["user"]), (None, None))

    def test_no_line_of_a_request_holds_its_query_its_body_or_a_token(self):
        caller, written = Api(self.alice), StringIO()
        with everything_logged_to(written):
            caller.get("/doctors/search", q="a-secret-illness", page=0)
            caller.get("/no-such-page", q="a-secret-illness")
            caller.get("/appointments/999999", q="a-secret-illness")
            caller.post("/auth/login", {"email": "alice@example.com", "password": "a-secret-word"})
            caller.post("/appointments/", {"reason": "a-secret-illness"})
        text = written.getvalue()
        self.assertIn("Not Found", text)
        for secret in ("a-secret-illness", "a-secret-word", caller.headers["Authorization"][7:]):
            self.assertNotIn(secret, text)

    def test_the_line_of_the_development_server_ends_before_the_query(self):
        line = self.line("django.server", '"GET /api/v1/doctors/search?q=%s HTTP/1.1" 200', "a-secret-illness")
        self.assertNotIn("a-secret-illness", line["message"])


class Settings(SimpleTestCase):
    """A bad value stops the start with a sentence that names the variable, and repeats no password."""

    def start(self, **values: str) -> subprocess.CompletedProcess:
        environment = {
            "PATH": os.environ["PATH"],
            "SECRET_KEY": "x" * 60,
            "HTTPS_ONLY": "on",
            "ALLOWED_HOSTS": "x",
            **values,
        }
        code = "import environ; environ.Env.read_env = lambda *a, **k: None; import shs.settings"
        command = [sys.executable, "-c", code]
        return subprocess.run(  # noqa: S603
            command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, timeout=60
        )

    def test_a_key_and_a_host_name_are_all_that_is_needed(self):
        self.assertEqual(self.start().stderr, "")

    def test_each_bad_value_is_named(self):
        for name, value in (
            ("SECRET_KEY", ""),
            ("DEBUG", "maybe"),
            ("DATABASE_URL", "mysql://u:topsecret@h/n"),
            ("DATABASE_URL", "postgres://u:topsecret@h:port/n"),
            ("JWT_ACCESS_TOKEN_LIFETIME", "an hour"),
            ("JWT_ACCESS_TOKEN_LIFETIME", "0"),
            ("JWT_REFRESH_TOKEN_LIFETIME", "-1"),
            ("TIME_ZONE", "Asia/Dacca2"),
            ("AI_SERVICE_URL", "localhost:8001"),
            ("ML_SERVICE_URL", "ftp://x"),
            ("RECORD_ACCESS_DAYS", "1.5"),
            ("MISSED_AFTER_MINUTES", "-5"),
            ("CELERY_BROKER_URL", "http://u:topsecret@h"),
            ("DUE_LEASE_SECONDS", "0"),
            ("TRUSTED_PROXIES", "many"),
            ("LOG_LEVEL", "LOUD"),
            ("EMAIL_PORT", "99999"),
            ("DEFAULT_FROM_EMAIL", "nobody"),
        ):
            with self.subTest(name=name, value=value):
                ended = self.start(**{name: value})
                self.assertNotEqual(ended.returncode, 0)
                sentence = ended.stderr.strip().splitlines()[-1]
                self.assertIn(name, sentence)
                self.assertIn("ImproperlyConfigured", sentence)
                self.assertNotIn("topsecret", ended.stderr)


class DatabaseAway(TestUsers, TestCase):
    def test_a_database_that_is_away_is_503_and_no_500_in_the_api(self):
        with mock.patch("shs.doctors.api.paged_kept", side_effect=OperationalError("gone")):
            answer = Api().get("/doctors/search")
        self.assertEqual((answer.status_code, answer["Content-Type"]), (503, "application/problem+json"))
        self.assertGreater(int(answer["Retry-After"]), 0)
        self.assertNotIn("gone", answer.content.decode())


class Addresses(SimpleTestCase):
    def address(self, forwarded: str) -> str:
        return address_of(RequestFactory().get("/", headers={"X-Forwarded-For": forwarded}, REMOTE_ADDR="10.0.0.9"))

    def test_a_forwarded_address_counts_as_far_as_proxies_are_trusted(self):
        self.assertEqual(self.address("1.1.1.1"), "10.0.0.9")
        with override_settings(TRUSTED_PROXIES=1):
            self.assertEqual(self.address("6.6.6.6, 1.1.1.1"), "1.1.1.1")
            self.assertEqual(self.address(""), "10.0.0.9")
        with override_settings(TRUSTED_PROXIES=2):
            self.assertEqual(self.address("6.6.6.6, 1.1.1.1, 2.2.2.2"), "1.1.1.1")
            self.assertEqual(self.address("1.1.1.1"), "10.0.0.9")
