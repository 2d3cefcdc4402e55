"""An invalid setting stops the start with a message that names it and contains no secret."""

import os
import subprocess
import sys

from django.conf import settings
from django.test import SimpleTestCase, tag

GOOD = {"DEBUG": "off", "SECRET_KEY": "0123456789" * 6, "ALLOWED_HOSTS": "example.com"}
BAD = [
    ("SECRET_KEY", ""),
    ("SECRET_KEY", "short"),
    ("SECRET_KEY_FALLBACKS", "short"),
    ("AUDIT_KEYS", "hush"),
    ("AUDIT_KEYS", "2026:hush"),
    ("AUDIT_KEYS", f"a b:{'hush' * 8}"),
    ("ALLOWED_HOSTS", ""),
    ("ALLOWED_HOSTS", " , "),
    ("BACKUP_KEY", "hush"),
    ("DEBUG", "perhaps"),
    ("HTTPS_ONLY", "2"),
    ("TIME_ZONE", "Mars/Base"),
    ("LOG_LEVEL", "loud"),
    ("JWT_ACCESS_TOKEN_LIFETIME", "0"),
    ("JWT_REFRESH_TOKEN_LIFETIME", "a week"),
    ("TRUSTED_PROXIES", "-1"),
    ("STAFF_SECOND_FACTOR", "sometimes"),
    ("ADMIN_IDLE_MINUTES", "0"),
    ("AI_SERVICE_URL", "ftp://127.0.0.1"),
    ("FRONTEND_URL", "javascript:x"),
    ("SITE_URL", "clinic"),
    ("DATABASE_URL", "mysql://clinic:hush@db/clinic"),
    ("REDIS_URL", "http://:hush@cache"),
    ("CORS_ALLOWED_ORIGINS", "example.com"),
    ("CORS_ALLOWED_ORIGINS", "https://example.com/app"),
    ("EMAIL_PORT", "smtp"),
    ("EMAIL_BACKEND", "no.such.Backend"),
    ("DEFAULT_FROM_EMAIL", "nobody"),
    ("PHONE_REGION", "Bangladesh"),
    ("SMS_URL", "gateway"),
    ("SMS_METHOD", "fax"),
    ("SMS_HEADERS", "Authorization hush"),
    ("SMS_HEADERS", "A b: hush"),
    ("SMS_ACCEPTED", "fine"),
    ("SMS_ACCEPTED", "200 status=ok"),
    ("SMS_BACKEND", "pigeon"),
    ("SMS_PRICE", "cheap"),
    ("SMS_DAY_CAP", "-1"),
    ("SMS_CURRENCY", "Taka"),
    ("SMS_QUIET_HOURS", "night"),
    ("SMS_QUIET_HOURS", "08:00-08:00"),
    ("SMS_REPORT_KEY", "hush"),
    ("REQUIRED_CHECKS", "register,horoscope"),
]


@tag("any_database")
class BadSettings(SimpleTestCase):
    def start(self, **changes: str) -> subprocess.CompletedProcess:
        environment = {**os.environ, **GOOD, **changes}
        return subprocess.run(
            [sys.executable, "-c", "from django.conf import settings; settings.DEBUG"],
            env=environment | {"DJANGO_SETTINGS_MODULE": "shs.settings", "PYTHONPATH": str(settings.BASE_DIR)},
            capture_output=True,
            text=True,
            timeout=60,
        )

    def test_valid_settings_start(self):
        answer = self.start()
        self.assertEqual(answer.returncode, 0, answer.stderr)

    def test_a_gateway_needs_the_number_and_the_text(self):
        for body in ("text={text}", "to={to}"):
            with self.subTest(body=body):
                last = self.start(SMS_URL="https://sms.example.com", SMS_BODY=body).stderr.strip().splitlines()[-1]
                self.assertIn("ImproperlyConfigured: SMS_BODY must hold", last)

    def test_each_invalid_setting_is_named_without_its_secret(self):
        for name, value in BAD:
            with self.subTest(name=name, value=value):
                answer = self.start(**{name: value})
                last = answer.stderr.strip().splitlines()[-1]
                self.assertNotEqual(answer.returncode, 0)
                self.assertTrue(last.startswith(f"django.core.exceptions.ImproperlyConfigured: {name} "), last)
                self.assertNotIn("hush", answer.stderr)
