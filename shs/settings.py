"""Settings. What differs by machine is read once, from the environment or from `.env` beside `manage.py`.

A value that cannot be used stops the process with a sentence that names the variable.
"""

import secrets
from datetime import timedelta
from email.utils import parseaddr
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from shs.databases import database
from shs.environment import (
    BASE_DIR,
    TESTING,
    flag,
    keys,
    listed,
    one_of,
    origins,
    server_address,
    text,
    web_address,
    whole_number,
    words,
)

VERSION = "1.0.0"
"""The last release of CHANGELOG.md; a backup names it."""

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
# Keys from before a rotation: their signatures are still accepted, but nothing new is signed with them.
SECRET_KEY_FALLBACKS = listed("SECRET_KEY_FALLBACKS")
if any(len(key) < 32 for key in SECRET_KEY_FALLBACKS) and not DEBUG:
    raise ImproperlyConfigured("SECRET_KEY_FALLBACKS must be former values of SECRET_KEY, with commas between them.")
# Keys of the seals of the read log by id, the one for new seals first. The others stay as long as what they sealed.
AUDIT_KEYS = keys("AUDIT_KEYS")
AUDIT_DIGEST_FILE = text("AUDIT_DIGEST_FILE")
ALLOWED_HOSTS = listed("ALLOWED_HOSTS", ["127.0.0.1", "localhost", "[::1]"] if DEBUG or TESTING else [])
if not ALLOWED_HOSTS:
    raise ImproperlyConfigured(
        "ALLOWED_HOSTS is not set. Set it to the host names under which the site is reached, with commas; without it "
        "every request would be refused."
    )
HTTPS_ONLY = flag("HTTPS_ONLY", not (DEBUG or TESTING))
TRUSTED_PROXIES = whole_number("TRUSTED_PROXIES", 0, least=0, most=10)
FRONTEND_URL = web_address("FRONTEND_URL", "http://localhost:3000")
# Where the database, static files and uploads are kept unless a setting names another place. Nothing is made here:
# startup.py makes the folder for a database in it.
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
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"  # so that templates/ may replace those of the widgets

# --- What the clinic decides ----------------------------------------------------------------------------------------

BOOKING_HORIZON_DAYS = whole_number("BOOKING_HORIZON_DAYS", 90, least=1, most=730)
RECORD_ACCESS_DAYS = whole_number("RECORD_ACCESS_DAYS", 30, least=0, most=3650)
MISSED_AFTER_MINUTES = whole_number("MISSED_AFTER_MINUTES", 60, least=0, most=7 * 24 * 60)
ACCESS_TOKEN_LIFETIME = timedelta(minutes=whole_number("JWT_ACCESS_TOKEN_LIFETIME", 60, least=1, most=24 * 60))
REFRESH_TOKEN_LIFETIME = timedelta(days=whole_number("JWT_REFRESH_TOKEN_LIFETIME", 7, least=1, most=365))
# Documents need not show a photograph, so this check is made, but a doctor may be approved without it.
CHECKS = ("register", "identity", "standing", "degree", "photo", "duplicates")
REQUIRED_CHECKS = words("REQUIRED_CHECKS", [check for check in CHECKS if check != "photo"], known=CHECKS)
DOCTOR_REGISTER = text("DOCTOR_REGISTER", "shs.credentialing.register.imported")
EMERGENCY_NUMBER = text("EMERGENCY_NUMBER", "999")
AI_SERVICE_URL = web_address("AI_SERVICE_URL")
AI_TIMEOUT_SECONDS = whole_number("AI_TIMEOUT_SECONDS", 25, least=1, most=120)
CHAT_PER_HOUR = whole_number("CHAT_PER_HOUR", 30, least=1, most=10_000)
ML_SERVICE_URL = web_address("ML_SERVICE_URL")
ML_TIMEOUT_SECONDS = whole_number("ML_TIMEOUT_SECONDS", 8, least=1, most=60)
PREDICT_PER_HOUR = whole_number("PREDICT_PER_HOUR", 60, least=1, most=10_000)
# The threads of one server process, and how many of them may wait for one of these services: at most a third, so that a
# service that hangs does not stop the site.
WEB_THREADS = whole_number("WEB_THREADS", 8, least=2, most=64)
UPSTREAM_MOST_WAITING = whole_number(
    "UPSTREAM_MOST_WAITING", max(1, WEB_THREADS // 3), least=1, most=max(1, WEB_THREADS // 3)
)

# --- Parts ----------------------------------------------------------------------------------------------------------

# The order in which an app may import another: only those before it. A test reads the imports.
# predict stands before chat: the assistant answers from the conditions and the red flags of the symptom checker.
SHS_APPS = [
    "core",
    "notices",
    "users",
    "doctors",
    "credentialing",
    "appointment",
    "medical_record",
    "prescription",
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
    "django.forms",  # its templates, for the renderer below
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
    # Before the first middleware that may refuse a request, so that refusals are in the user's language.
    "django.middleware.locale.LocaleMiddleware",
    "shs.core.middleware.InputLimitMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "shs.core.language.ReaderLanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "shs.users.middleware.BackOfficeMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "shs.core.middleware.ProblemMiddleware",
    "axes.middleware.AxesMiddleware",
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
    # In the database and not in memory: each process would otherwise count its own throttles.
    else {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "core_cacheentry",
        # Above its default of 300 entries it deletes some at random, counts of requests among them.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

# --- Work beside the requests ---------------------------------------------------------------------------------------

CELERY_BROKER_URL = server_address(
    "CELERY_BROKER_URL", "redis://host:6379/1 or amqp://user:password@host//", "redis", "rediss", "amqp", "amqps"
)
# If a worker dies, its message goes to another one, so every job must be safe to run twice.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 900} if CELERY_BROKER_URL.startswith("redis") else {}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
# Whether the processes of `manage.py serve` run the due jobs in a thread. With a broker Celery's workers do.
DUE_WORK = one_of("DUE_WORK", "elsewhere" if CELERY_BROKER_URL else "beside", "beside", "elsewhere")
# How long a killed process blocks its job for others; a running one renews its lease three times in that time.
DUE_LEASE_SECONDS = whole_number("DUE_LEASE_SECONDS", 15, least=1, most=3600)
# The socket by which a request wakes the process that runs due jobs on the same machine.
DUE_SOCKET = BASE_DIR / text("DUE_SOCKET", "var/test-due.sock" if TESTING else "var/due.sock")

# --- Users and access -----------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "users.User"
API_BEARER_READER = "shs.users.tokens.user_of"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "shs.users.backends.EmailBackend",
    "shs.core.grants.backend.GrantBackend",
]
PASSWORD_HASHERS = ["shs.users.backends.Argon2"]
if TESTING:
    # A real hash costs 20 ms for each test user; the login tests name the real hasher.
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
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
LOGOUT_REDIRECT_URL = "admin:login"
SESSION_COOKIE_AGE = 60 * 60 * 12
ADMIN_IDLE_MINUTES = whole_number("ADMIN_IDLE_MINUTES", 30, least=3, most=12 * 60)
# Whether an account without a second factor can work in the back office. Who has set one up is always asked for it.
STAFF_SECOND_FACTOR = one_of(
    "STAFF_SECOND_FACTOR", "optional" if DEBUG or TESTING else "required", "required", "optional"
)
OTP_TOTP_ISSUER = "Smart Health Synchronizer"
# django-otp's screens are not registered; if somebody registers one, this hides its secrets.
OTP_ADMIN_HIDE_SENSITIVE_DATA = True

AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_ENABLE_ADMIN = False
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False
# Not the model's USERNAME_FIELD: forms and authenticate() say `username`, and the lock-out would know no account.
AXES_USERNAME_FORM_FIELD = "username"
AXES_USERNAME_CALLABLE = "shs.users.backends.account_of"
AXES_CLIENT_IP_CALLABLE = "shs.core.context.address_of"
AXES_LOCKOUT_CALLABLE = "shs.users.backends.locked_out"

# Our own permission rows, with a source, a reason and an end. guardian's backend is not used: the grant table
# (shs.core.grants.table) reads these rows and their expiry.
GUARDIAN_USER_OBJ_PERMS_MODEL = "core.ObjectGrant"
GUARDIAN_MONKEY_PATCH_USER = False
GUARDIAN_MONKEY_PATCH_GROUP = False
ANONYMOUS_USER_NAME = None
SILENCED_SYSTEM_CHECKS = [
    "guardian.W001",
    # Axes counts proxies only if ipware is installed; we count them by TRUSTED_PROXIES.
    "axes.W006",
]

SIMPLE_HISTORY_REVERT_DISABLED = True
SIMPLE_HISTORY_HISTORY_CHANGE_REASON_USE_TEXT_FIELD = True
SIMPLE_HISTORY_DATE_INDEX = "Composite"
IMPORT_EXPORT_IMPORT_PERMISSION_CODE = "import"
IMPORT_EXPORT_EXPORT_PERMISSION_CODE = "export"
IMPORT_EXPORT_USE_TRANSACTIONS = True

# --- Input, files, mail ---------------------------------------------------------------------------------------------

BODY_LIMIT_BYTES = 256 * 1024
DOCUMENT_LIMIT_BYTES = 5 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = BODY_LIMIT_BYTES
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / text("STATIC_ROOT", "var/static")
MEDIA_ROOT = BASE_DIR / text("MEDIA_ROOT", "var/test-media" if TESTING else "var/media")
# Where the daily backup is kept: empty for none. With a key it is encrypted.
BACKUP_DIR = text("BACKUP_DIR")
BACKUP_KEY = text("BACKUP_KEY")
if BACKUP_KEY and len(BACKUP_KEY) < 32:
    raise ImproperlyConfigured("BACKUP_KEY must have at least 32 characters: make it as you made SECRET_KEY.")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or TESTING
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG or TESTING
# Find static files on request: otherwise each test client begins by listing all of them.
WHITENOISE_AUTOREFRESH = DEBUG or TESTING

EMAIL_BACKEND = text(
    "EMAIL_BACKEND",
    "shs.notices.terminal.EmailBackend" if DEBUG else "django.core.mail.backends.smtp.EmailBackend",
)
try:
    import_string(EMAIL_BACKEND)
except ImportError:
    raise ImproperlyConfigured(f"EMAIL_BACKEND must name a class that sends mail, not {EMAIL_BACKEND!r}.") from None
EMAIL_HOST = text("EMAIL_HOST", "localhost")
EMAIL_PORT = whole_number("EMAIL_PORT", 25, least=1, most=65535)
EMAIL_HOST_USER = text("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = text("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = flag("EMAIL_USE_TLS", False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = text("DEFAULT_FROM_EMAIL", "Smart Health Synchronizer <no-reply@localhost>")
if "@" not in parseaddr(DEFAULT_FROM_EMAIL)[1]:
    raise ImproperlyConfigured(f"DEFAULT_FROM_EMAIL must be an e-mail address, not {DEFAULT_FROM_EMAIL!r}.")

# --- The web --------------------------------------------------------------------------------------------------------

PORT = whole_number("PORT", 8000, least=1, most=65535)
WEB_CONCURRENCY = whole_number("WEB_CONCURRENCY", 0, least=0, most=256)  # 0: by the cores

CORS_ALLOWED_ORIGINS = origins("CORS_ALLOWED_ORIGINS")
if DEBUG and not TESTING:
    # Where the development servers of web apps usually are.
    CORS_ALLOWED_ORIGINS += [f"http://{host}:{port}" for host in ("localhost", "127.0.0.1") for port in (3000, 5173)]
CORS_URLS_REGEX = r"^/api/"
CORS_ALLOW_HEADERS = ["accept", "authorization", "content-type", "idempotency-key", "x-request-id"]
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
    "formatters": {"json": {"()": "shs.core.log.JsonFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": "ERROR" if TESTING else LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "level": "CRITICAL" if TESTING else LOG_LEVEL, "propagate": True},
        "django.server": {"handlers": [], "level": "CRITICAL" if TESTING else LOG_LEVEL, "propagate": True},
        "axes": {"level": "CRITICAL" if TESTING else "WARNING"},
    },
}

# How the admin looks is described by the module that composes it; only unfold reads this.
from shs.console import UNFOLD  # noqa: E402, F401
