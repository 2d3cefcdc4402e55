"""Cells of exported files, log lines, settings, an unreachable database, and client addresses."""

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
from django.test import RequestFactory, SimpleTestCase, TestCase, override_settings, tag
from django.utils.functional import SimpleLazyObject

from shs.core.admin.sheets import safe_cell
from shs.core.context import RequestContext, address_of, current
from shs.core.log import JsonFormatter
from shs.testing import Api, TestUsers


class Cells(SimpleTestCase):
    def test_no_cell_is_a_formula(self):
        for text in ("=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\x00=1", "＝1", "＋1", "－1", "＠x"):
            with self.subTest(text=text):
                self.assertEqual(safe_cell(text), f"'{text}")

    def test_numbers_and_plain_text_are_unchanged(self):
        for value in ("-12.50", "-5", "12", "Dr. Carol", "", "a=b", "রহিম", 5, -5, None, True):
            with self.subTest(value=value):
                self.assertEqual(safe_cell(value), value)


@contextmanager
def everything_logged_to(stream: StringIO):
    """Context manager: every logger of the process writes all its lines as JSON to `stream` only."""
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

    def test_the_line_of_a_refused_request_has_request_and_user(self):
        written = StringIO()
        with everything_logged_to(written):
            answer = Api(self.alice).get("/appointments/999999")
        (line,) = [json.loads(text) for text in written.getvalue().splitlines() if "Not Found" in text]
        self.assertEqual((line["request"], line["user"]), (answer["X-Request-ID"], self.alice.pk))

    def test_no_line_has_a_code_that_opens_a_page(self):
        written = StringIO()
        with everything_logged_to(written):
            for path in ("/q/SECRET7", "/rx/SECRET7?lang=bn", "/letter/SECRET7", "/display/SECRET7/"):
                self.client.get(path)
            Api().get("/prescriptions/verify/SECRET7")
        self.assertIn("/letter/…", written.getvalue())
        self.assertNotIn("SECRET7", written.getvalue())
        self.assertEqual(
            self.line("django.server", '"%s" %s', "GET /q/SECRET7 HTTP/1.1", 200)["message"], '"GET /q/… HTTP/1.1" 200'
        )

    def test_a_line_is_json_with_the_request_and_the_user(self):
        request = RequestFactory().get("/x")
        request.user = self.alice
        token = current.set(RequestContext(request))
        self.addCleanup(current.reset, token)
        line = self.line("shs", "booked %s", "APT-1")
        self.assertEqual((line["message"], line["user"]), ("booked APT-1", self.alice.pk))
        self.assertEqual(line["request"], current.get().id)

    def test_a_line_logged_while_the_user_is_loaded_does_not_load_it_again(self):
        request = RequestFactory().get("/x")
        request.user = SimpleLazyObject(lambda: self.fail("The log line has asked for the user."))
        token = current.set(RequestContext(request))
        self.addCleanup(current.reset, token)
        self.assertIsNone(self.line("shs", "Session data corrupted")["user"])

    def test_a_line_outside_of_a_request_has_neither(self):
        line = self.line("shs", "started")
        self.assertEqual((line["request"], line["user"]), (None, None))

    def test_no_line_contains_query_string_body_or_token(self):
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

    def test_the_development_server_logs_no_query_string(self):
        line = self.line("django.server", '"GET /api/v1/doctors/search?q=%s HTTP/1.1" 200', "a-secret-illness")
        self.assertNotIn("a-secret-illness", line["message"])


@tag("any_database")
class Settings(SimpleTestCase):
    """An invalid setting stops the start with a message that names the variable and contains no password."""

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

    def test_only_the_key_and_a_host_name_are_required(self):
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


class DatabaseUnreachable(TestUsers, TestCase):
    def test_the_api_answers_503_without_a_database(self):
        with mock.patch("shs.doctors.api.paged_kept", side_effect=OperationalError("gone")):
            answer = Api().get("/doctors/search")
        self.assertEqual((answer.status_code, answer["Content-Type"]), (503, "application/problem+json"))
        self.assertGreater(int(answer["Retry-After"]), 0)
        self.assertNotIn("gone", answer.content.decode())


class ClientAddress(SimpleTestCase):
    def address(self, forwarded: str) -> str:
        return address_of(RequestFactory().get("/", headers={"X-Forwarded-For": forwarded}, REMOTE_ADDR="10.0.0.9"))

    def test_forwarded_addresses_are_used_for_trusted_proxies_only(self):
        self.assertEqual(self.address("1.1.1.1"), "10.0.0.9")
        with override_settings(TRUSTED_PROXIES=1):
            self.assertEqual(self.address("6.6.6.6, 1.1.1.1"), "1.1.1.1")
            self.assertEqual(self.address(""), "10.0.0.9")
        with override_settings(TRUSTED_PROXIES=2):
            self.assertEqual(self.address("6.6.6.6, 1.1.1.1, 2.2.2.2"), "1.1.1.1")
            self.assertEqual(self.address("1.1.1.1"), "10.0.0.9")
