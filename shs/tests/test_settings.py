"""A setting that cannot be used stops the start with a sentence that names it, and repeats no secret."""

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
    ("DATABASE_URL", "mysql://clinic:hush@db/clinic"),
    ("REDIS_URL", "http://:hush@cache"),
    ("CORS_ALLOWED_ORIGINS", "example.com"),
    ("CORS_ALLOWED_ORIGINS", "https://example.com/app"),
    ("EMAIL_PORT", "smtp"),
    ("EMAIL_BACKEND", "no.such.Backend"),
    ("DEFAULT_FROM_EMAIL", "nobody"),
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

    def test_good_ones_start(self):
        answer = self.start()
        self.assertEqual(answer.returncode, 0, answer.stderr)

    def test_each_bad_one_is_named_and_no_secret_is_repeated(self):
        for name, value in BAD:
            with self.subTest(name=name, value=value):
                answer = self.start(**{name: value})
                last = answer.stderr.strip().splitlines()[-1]
                self.assertNotEqual(answer.returncode, 0)
                self.assertTrue(last.startswith(f"django.core.exceptions.ImproperlyConfigured: {name} "), last)
                self.assertNotIn("hush", answer.stderr)
