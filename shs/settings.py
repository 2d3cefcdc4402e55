"""Django settings. Values that differ by machine are read from the environment or from `.env` beside `manage.py`.

An invalid value stops the process with a message that names the variable.
"""

import secrets
from datetime import timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from holidays.registry import EntityLoader

from shs import limits
from shs.databases import database
from shs.environment import (
    BASE_DIR,
    TESTING,
    day,
    flag,
    keys,
    listed,
    one_of,
    origins,
    phone_number,
    region,
    server_address,
    text,
    web_address,
    whole_number,
    words,
)

VERSION = "1.0.0"
"""The last release in CHANGELOG.md; stored in backups."""

# --- This machine -------------------------------------------------------------------------------------------

DEBUG = flag("DEBUG", False)
SECRET_KEY = text("SECRET_KEY", "")
if not SECRET_KEY:
    if not (DEBUG or TESTING):
        raise ImproperlyConfigured(
            "SECRET_KEY is not set. Set it to a long random string, in the environment or in .env; on a machine of "
            "your own set DEBUG=on instead, or run `python manage.py quickstart`, which writes a .env with both."
        )
    SECRET_KEY = secrets.token_urlsafe(48)
if len(SECRET_KEY) < 32 and not DEBUG:
    raise ImproperlyConfigured("SECRET_KEY must have at least 32 characters: it signs sessions and tokens.")
# Former keys: their signatures are still accepted, but new ones are made with SECRET_KEY.
SECRET_KEY_FALLBACKS = listed("SECRET_KEY_FALLBACKS")
if any(len(key) < 32 for key in SECRET_KEY_FALLBACKS) and not DEBUG:
    raise ImproperlyConfigured("SECRET_KEY_FALLBACKS must be former values of SECRET_KEY, with commas between them.")
# Keys by id, the first for new work and the others for old: of the seals of the read log, and of identity numbers.
AUDIT_KEYS, AUDIT_DIGEST_FILE = keys("AUDIT_KEYS"), text("AUDIT_DIGEST_FILE")
IDENTITY_KEYS = keys("IDENTITY_KEYS") or ({"local": "identity " * 4} if DEBUG or TESTING else {})
ALLOWED_HOSTS = listed("ALLOWED_HOSTS", ["127.0.0.1", "localhost", "[::1]"] if DEBUG or TESTING else [])
if not ALLOWED_HOSTS:
    raise ImproperlyConfigured(
        "ALLOWED_HOSTS is not set. Set it to the host names under which the site is reached, with commas; without it "
        "every request would be refused."
    )
HTTPS_ONLY = flag("HTTPS_ONLY", not (DEBUG or TESTING))
TRUSTED_PROXIES = whole_number("TRUSTED_PROXIES", 0, least=0, most=10)
FRONTEND_URL = web_address("FRONTEND_URL", "http://localhost:3000")
PORT = whole_number("PORT", 8000, least=1, most=65535)
# The address of this project itself, to whose pages links in mails lead. By default the first of ALLOWED_HOSTS.
_SERVED = f"http{'s' if HTTPS_ONLY else ''}://{ALLOWED_HOSTS[0].lstrip('.').replace('*', 'localhost')}"
SITE_URL = web_address("SITE_URL", f"http://localhost:{PORT}" if DEBUG or TESTING else _SERVED)
# The default folder for the database, static files and uploads. Not created here: startup.py creates it if the database
# is in it.
DATA_DIR = BASE_DIR / "var"
TIME_ZONE = text("TIME_ZONE", "Asia/Dhaka")
try:
    ZoneInfo(TIME_ZONE)
except (ZoneInfoNotFoundError, ValueError):
    raise ImproperlyConfigured(f"TIME_ZONE must be a zone name such as Asia/Dhaka, not {TIME_ZONE!r}.") from None
USE_TZ = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("bn", _("Bangla"))]
LOCALE_PATHS = [BASE_DIR / "shs" / "locale"]
FORMAT_MODULE_PATH = ["shs.locale"]
# The formats that imports and filters read in any language: ISO 8601 or day/month/year, never the month first.
# Exports write the first one.
DATE_INPUT_FORMATS = ["%Y-%m-%d", "%d/%m/%Y"]
DATETIME_INPUT_FORMATS = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M"]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"  # lets templates/ override templates of widgets

# --- Decisions of the clinic ----------------------------------------------------------------------------------------

BOOKING_HORIZON_DAYS = whole_number("BOOKING_HORIZON_DAYS", 90, least=1, most=730)
HOLIDAY_COUNTRY = text("HOLIDAY_COUNTRY", "BD")  # whose public holidays are suggested: two letters, or empty: none are
if HOLIDAY_COUNTRY and HOLIDAY_COUNTRY not in EntityLoader.get_country_codes():  # without loading each country
    raise ImproperlyConfigured(f"HOLIDAY_COUNTRY must be two letters of a country such as BD, not {HOLIDAY_COUNTRY!r}.")
RECORD_ACCESS_BEFORE_DAYS = whole_number("RECORD_ACCESS_BEFORE_DAYS", 7, least=0, most=365)
RECORD_ACCESS_DAYS = whole_number("RECORD_ACCESS_DAYS", 30, least=0, most=3650)
PRESCRIBE_WITHIN_DAYS = whole_number("PRESCRIBE_WITHIN_DAYS", 7, least=0, most=365)  # after the end of the visit
ORDERED_TEST_DAYS = whole_number("ORDERED_TEST_DAYS", 14, least=1, most=180)  # until a missing result is reported
SHOW_NORMAL_RESULTS = flag("SHOW_NORMAL_RESULTS", True)  # to the patient, before the doctor has reviewed them
PRESCRIPTION_VALID_DAYS = whole_number("PRESCRIPTION_VALID_DAYS", 180, least=1, most=3650)  # for pharmacies
SHARE_DAYS = whole_number("SHARE_DAYS", 90, least=1, most=3650)  # the longest share of a right on one record
MISSED_AFTER_MINUTES = whole_number("MISSED_AFTER_MINUTES", 60, least=0, most=7 * 24 * 60)
# An earlier time is offered for so many minutes, and not if it begins in less than so many.
EARLIER_OFFER_MINUTES = whole_number("EARLIER_OFFER_MINUTES", 30, least=5, most=24 * 60)
EARLIER_NOTICE_MINUTES = whole_number("EARLIER_NOTICE_MINUTES", 60, least=10, most=7 * 24 * 60)
ACCESS_TOKEN_LIFETIME = timedelta(minutes=whole_number("JWT_ACCESS_TOKEN_LIFETIME", 60, least=1, most=24 * 60))
REFRESH_TOKEN_LIFETIME = timedelta(days=whole_number("JWT_REFRESH_TOKEN_LIFETIME", 7, least=1, most=365))
# A check that is made but not required, because documents need not show a photograph.
CHECKS = ("register", "identity", "standing", "degree", "photo", "duplicates")
REQUIRED_CHECKS = words("REQUIRED_CHECKS", [check for check in CHECKS if check != "photo"], known=CHECKS)
DOCTOR_REGISTER = text("DOCTOR_REGISTER", "shs.credentialing.register.imported")
# PHONE_REGION: the country of phone numbers that are written without one.
PHONE_REGION, EMERGENCY_NUMBER = region("PHONE_REGION", "BD"), text("EMERGENCY_NUMBER", "999")
SELF_HARM_HOTLINE, SELF_HARM_HOTLINE_NUMBER = text("SELF_HARM_HOTLINE"), phone_number("SELF_HARM_HOTLINE_NUMBER")
SELF_HARM_HOTLINE_SOURCE, SELF_HARM_HOTLINE_AS_OF = text("SELF_HARM_HOTLINE_SOURCE"), day("SELF_HARM_HOTLINE_AS_OF")
AI_SERVICE_URL, ML_SERVICE_URL = web_address("AI_SERVICE_URL"), web_address("ML_SERVICE_URL")
KEEP_QUESTIONS_DAYS = whole_number("KEEP_QUESTIONS_DAYS", 0, least=0, most=365)  # 0, the default: none are kept
AI_TIMEOUT_SECONDS = whole_number("AI_TIMEOUT_SECONDS", 25, least=1, most=120)
ML_TIMEOUT_SECONDS = whole_number("ML_TIMEOUT_SECONDS", 8, least=1, most=60)
# What is scarce stands in limits.py: requests in an hour, open visits, passwords that are hashed at once.
MAX_OPEN_VISITS, LATE_CANCELLATION_HOURS = limits.MAX_OPEN_VISITS, limits.LATE_CANCELLATION_HOURS
MISSED_VISITS_LIMIT, MISSED_VISITS_DAYS = limits.MISSED_VISITS_LIMIT, limits.MISSED_VISITS_DAYS
MISSED_IN_A_ROW, NOT_HERE_GOES_BEHIND = limits.MISSED_IN_A_ROW, limits.NOT_HERE_GOES_BEHIND
LIMITS, HASHING_AT_ONCE = limits.LIMITS, limits.HASHING_AT_ONCE
# Threads of a server process, and how many may wait for one of these services, so that a hanging one blocks nothing.
WEB_THREADS = whole_number("WEB_THREADS", 8, least=2, most=64)
UPSTREAM_MOST_WAITING = whole_number(
    "UPSTREAM_MOST_WAITING", max(1, WEB_THREADS // 3), least=1, most=max(1, WEB_THREADS // 3)
)

# --- Apps and middleware --------------------------------------------------------------------------------------------

# An app may import only the apps before it; a test checks this. `predict` comes before `chat`, because the assistant
# uses the conditions and red flags of the symptom checker.
SHS_APPS = [
    "core",
    "notices",
    "users",
    "doctors",
    "credentialing",
    "appointment",
    "medical_record",
    "prescription",
    "results",
    "letters",
    "blog",
    "predict",
    "chat",
    "audit",
    "demo",
]

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.import_export",
    "unfold.contrib.simple_history",
    "shs.core.admin.config.BackOfficeConfig",
    "django.forms",  # has the templates of widgets
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "import_export",
    "guardian",
    "simple_history",
    "corsheaders",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "ninja",
    *(f"shs.{app}" for app in SHS_APPS),
]

MIDDLEWARE = [
    "shs.core.middleware.RequestContextMiddleware",
    "shs.core.health.ProbeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "shs.core.middleware.ContentSecurityPolicyMiddleware",
    # Before any middleware that may refuse a request, so that refusals are in the user's language.
    "shs.core.language.BrowserLanguageMiddleware",
    "shs.core.middleware.InputLimitMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "shs.core.middleware.SessionOfPages",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "shs.core.middleware.UserOfPages",
    "shs.core.language.ReaderLanguageMiddleware",
    "shs.core.middleware.MessagesOfPages",
    "shs.users.middleware.BackOfficeMiddleware",
    # Behind the one that ends idle sessions: an answer that leads to the login is not kept.
    "shs.core.admin.answered.OnceMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "shs.core.middleware.ProblemMiddleware",
]

ROOT_URLCONF = "shs.urls"
WSGI_APPLICATION = "shs.wsgi.application"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "builtins": ["shs.core.templatetags.once"],
        },
    }
]
FIXTURE_DIRS = [BASE_DIR / "fixtures"]

# --- Database and cache ---------------------------------------------------------------------------------------------

DATABASES = {"default": database(DATA_DIR, testing=TESTING)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEST_RUNNER = "shs.tests.runner.Runner"
REDIS_URL = server_address("REDIS_URL", "redis://host:6379/0", "redis", "rediss", "unix")
CACHES = {
    "default": {"BACKEND": "shs.core.redis_cache.ForgivingRedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    # In the database and not in memory, where each process would have its own rate limits.
    else {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "core_cacheentry",
        # With the default of 300 entries it would delete some at random, rate limits among them.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

# --- Due work -------------------------------------------------------------------------------------------------------

CELERY_BROKER_URL = server_address(
    "CELERY_BROKER_URL", "redis://host:6379/1 or amqp://user:password@host//", "redis", "rediss", "amqp", "amqps"
)
# If a worker dies, its message goes to another one; so every job must be safe to run twice.
CELERY_TASK_ACKS_LATE = CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 900} if CELERY_BROKER_URL.startswith("redis") else {}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
# Whether the processes of `manage.py serve` run the due jobs in a thread. With a broker, Celery's workers run them.
DUE_WORK = one_of("DUE_WORK", "elsewhere" if CELERY_BROKER_URL else "beside", "beside", "elsewhere")
# How many seconds a killed process blocks its job; a running one renews its lease three times in that time.
DUE_LEASE_SECONDS = whole_number("DUE_LEASE_SECONDS", 15, least=1, most=3600)
# The socket by which requests wake the process that runs due jobs on the same machine.
DUE_SOCKET = BASE_DIR / text("DUE_SOCKET", "var/test-due.sock" if TESTING else "var/due.sock")

# --- Users and access -----------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "users.User"
API_BEARER_READER = "shs.users.tokens.user_of"
AUTHENTICATION_BACKENDS = ["shs.users.backends.EmailBackend", "shs.core.grants.backend.GrantBackend"]
PASSWORD_HASHERS = ["shs.users.backends.Argon2"]
if TESTING:
    # A real hash takes 20 ms for each test user; the login tests select the real hasher.
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", "shs.users.backends.Argon2"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
PASSWORD_RESET_TIMEOUT = 60 * 60 * 24
CSRF_FAILURE_VIEW = "shs.core.admin.error_pages.stale"
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
LOGOUT_REDIRECT_URL = "admin:login"
SESSION_ENGINE = "shs.users.session_store"
SESSION_COOKIE_AGE = 60 * 60 * 12
ADMIN_IDLE_MINUTES = whole_number("ADMIN_IDLE_MINUTES", 30, least=3, most=12 * 60)
# Whether accounts without a second factor can use the admin. Accounts with one always need a code.
STAFF_SECOND_FACTOR = one_of(
    "STAFF_SECOND_FACTOR", "optional" if DEBUG or TESTING else "required", "required", "optional"
)
# Wrong codes count like wrong passwords (shs.users.guesses): by django-otp's own pauses others could lock owners out.
OTP_TOTP_THROTTLE_FACTOR = OTP_STATIC_THROTTLE_FACTOR = 0
# Whether accounts of the demo can log in: their password is in the README.
DEMO_ACCOUNTS = DEBUG or TESTING
OTP_TOTP_ISSUER = "Smart Health Synchronizer"
# django-otp's admin pages are not registered; if somebody registers them, this hides the secrets.
OTP_ADMIN_HIDE_SENSITIVE_DATA = True

# The tables of django-axes are part of the first release's migrations; nothing else of it is used. Wrong logins are
# counted by shs.users.guesses.
AXES_ENABLED = AXES_ENABLE_ADMIN = False

# What admins share; shs.core.grants.shares is read by the grant table, guardian's own backend is not used.
GUARDIAN_USER_OBJ_PERMS_MODEL = "core.UserShare"
GUARDIAN_GROUP_OBJ_PERMS_MODEL = "core.GroupShare"
GUARDIAN_MONKEY_PATCH_USER = False
GUARDIAN_MONKEY_PATCH_GROUP = False
ANONYMOUS_USER_NAME = None
# guardian's backend is not installed, and axes is switched off.
SILENCED_SYSTEM_CHECKS = ["guardian.W001", *(f"axes.W00{number}" for number in (1, 2, 3, 4, 6))]

SIMPLE_HISTORY_REVERT_DISABLED = True
SIMPLE_HISTORY_HISTORY_CHANGE_REASON_USE_TEXT_FIELD = True
SIMPLE_HISTORY_DATE_INDEX = "Composite"
IMPORT_EXPORT_IMPORT_PERMISSION_CODE = "import"
IMPORT_EXPORT_EXPORT_PERMISSION_CODE = "export"
IMPORT_EXPORT_USE_TRANSACTIONS = True

# --- Input, files, messages -------------------------------------------------------------------------------------------

BODY_LIMIT_BYTES = 256 * 1024
DOCUMENT_LIMIT_BYTES = 5 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = BODY_LIMIT_BYTES
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

# Uploads are readable by the server's own user alone, whatever its umask.
FILE_UPLOAD_PERMISSIONS, FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o600, 0o700
STATIC_URL = "static/"
STATICFILES_FINDERS = ["shs.core.bundles.BundleFinder", "django.contrib.staticfiles.finders.AppDirectoriesFinder"]
STATIC_ROOT = BASE_DIR / text("STATIC_ROOT", "var/static")
MEDIA_ROOT = BASE_DIR / text("MEDIA_ROOT", "var/test-media" if TESTING else "var/media")
# The folder of daily backups; empty: no backups. With a key they are encrypted.
BACKUP_DIR, BACKUP_KEY = text("BACKUP_DIR"), text("BACKUP_KEY")
if BACKUP_KEY and len(BACKUP_KEY) < 32:
    raise ImproperlyConfigured("BACKUP_KEY must have at least 32 characters: make it as you made SECRET_KEY.")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or TESTING
        else "whitenoise.storage.CompressedManifestStaticFilesStorage",
        "OPTIONS": {"file_permissions_mode": 0o644, "directory_permissions_mode": 0o755},
    },
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["map", "png", "jpg", "gif", "webp", "woff", "woff2"]
WHITENOISE_USE_FINDERS = DEBUG or TESTING
# Look up static files for each request; otherwise each test client would list all of them first.
WHITENOISE_AUTOREFRESH = DEBUG or TESTING

# Mail and SMS are in messages.py.
from shs.messages import *  # noqa: E402, F403

# --- The web --------------------------------------------------------------------------------------------------------

WEB_CONCURRENCY = whole_number("WEB_CONCURRENCY", 0, least=0, most=256)  # 0: by the number of cores

CORS_ALLOWED_ORIGINS = origins("CORS_ALLOWED_ORIGINS")
if DEBUG and not TESTING:
    # The usual addresses of development servers of web apps.
    CORS_ALLOWED_ORIGINS += [f"http://{host}:{port}" for host in ("localhost", "127.0.0.1") for port in (3000, 5173)]
CORS_URLS_REGEX = r"^/api/"
CORS_ALLOW_HEADERS = ["accept", "authorization", "content-type", "idempotency-key", "x-device-token", "x-request-id"]
CORS_EXPOSE_HEADERS = ["retry-after", "x-request-id"]
SECURE_SSL_REDIRECT = HTTPS_ONLY
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if HTTPS_ONLY else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS_ONLY
SECURE_HSTS_PRELOAD = HTTPS_ONLY
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS_ONLY else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS_ONLY
LANGUAGE_COOKIE_AGE = 60 * 60 * 24 * 365
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# --- Logs: JSON lines with the request and user ids; no secrets, no clinical text -----------------------------------

LOG_LEVEL = text("LOG_LEVEL", "INFO").upper()
if LOG_LEVEL not in {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}:
    raise ImproperlyConfigured(f"LOG_LEVEL must be DEBUG, INFO, WARNING, ERROR or CRITICAL, not {LOG_LEVEL!r}.")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"refusals": {"()": "shs.core.log.Refusals"}},
    "formatters": {"json": {"()": "shs.core.log.JsonFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["refusals"]}},
    "root": {"handlers": ["console"], "level": "ERROR" if TESTING else LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "level": "CRITICAL" if TESTING else LOG_LEVEL, "propagate": True},
        "django.server": {"handlers": [], "level": "CRITICAL" if TESTING else LOG_LEVEL, "propagate": True},
    },
}

# Only unfold reads these; they are defined in the module that composes the admin.
from shs.console import UNFOLD  # noqa: E402, F401
