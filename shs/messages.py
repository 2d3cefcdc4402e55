"""The settings of mail and SMS."""

import re
from datetime import time
from decimal import Decimal
from email.utils import parseaddr

from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from shs.environment import (
    BASE_DIR,
    TESTING,
    Accepted,
    accepted,
    amount,
    flag,
    header_lines,
    hours,
    one_of,
    text,
    web_address,
    whole_number,
)

__all__ = [
    "DEFAULT_FROM_EMAIL",
    "EMAIL_BACKEND",
    "EMAIL_HOST",
    "EMAIL_HOST_PASSWORD",
    "EMAIL_HOST_USER",
    "EMAIL_PORT",
    "EMAIL_TIMEOUT",
    "EMAIL_USE_TLS",
    "SMS_ACCEPTED",
    "SMS_BACKEND",
    "SMS_BODY",
    "SMS_CURRENCY",
    "SMS_DAY_CAP",
    "SMS_FILE",
    "SMS_HEADERS",
    "SMS_METHOD",
    "SMS_PRICE",
    "SMS_QUIET_HOURS",
    "SMS_REPORT_KEY",
    "SMS_SENDER",
    "SMS_TIMEOUT_SECONDS",
    "SMS_URL",
]

_DEBUG = flag("DEBUG", False)

# --- Mail -----------------------------------------------------------------------------------------------------------

EMAIL_BACKEND = text(
    "EMAIL_BACKEND",
    "shs.notices.terminal.EmailBackend" if _DEBUG else "django.core.mail.backends.smtp.EmailBackend",
)
try:
    import_string(EMAIL_BACKEND)
except ImportError:
    raise ImproperlyConfigured(f"EMAIL_BACKEND must name a class that sends mail, not {EMAIL_BACKEND!r}.") from None
EMAIL_HOST = text("EMAIL_HOST", "localhost")
EMAIL_PORT = whole_number("EMAIL_PORT", 25, least=1, most=65535)
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = text("EMAIL_HOST_USER"), text("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = flag("EMAIL_USE_TLS", False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = text("DEFAULT_FROM_EMAIL", "Smart Health Synchronizer <no-reply@localhost>")
if "@" not in parseaddr(DEFAULT_FROM_EMAIL)[1]:
    raise ImproperlyConfigured(f"DEFAULT_FROM_EMAIL must be an e-mail address, not {DEFAULT_FROM_EMAIL!r}.")

# --- SMS: the gateway of a provider ---------------------------------------------------------------------------------

# In the address and in the body stand {to} (E.164), {digits} (the same without the plus), {text}, {id} and {sender}.
SMS_URL = web_address("SMS_URL")
SMS_METHOD = one_of("SMS_METHOD", "post", "get", "post", "put").upper()
SMS_HEADERS = header_lines("SMS_HEADERS", "Content-Type: application/json")
SMS_BODY = text("SMS_BODY", '{"to": "{to}", "text": "{text}", "id": "{id}", "sender": "{sender}"}')
SMS_SENDER = text("SMS_SENDER")
SMS_ACCEPTED: Accepted = accepted("SMS_ACCEPTED", "200-299")
SMS_TIMEOUT_SECONDS = whole_number("SMS_TIMEOUT_SECONDS", 10, least=1, most=60)
# Where texts go without SMS_URL: printed, written to SMS_FILE, or nowhere, so that people who have only a phone are
# called.
SMS_BACKEND = one_of("SMS_BACKEND", "console" if _DEBUG and not TESTING else "none", "console", "file", "none")
SMS_FILE = BASE_DIR / text("SMS_FILE", "var/test-sms.jsonl" if TESTING else "var/sms.jsonl")
if SMS_URL and not any(mark in SMS_URL + SMS_BODY for mark in ("{to}", "{digits}")):
    raise ImproperlyConfigured("SMS_BODY must hold {to} or {digits}, the number to which a text is sent.")
if SMS_URL and "{text}" not in SMS_URL + SMS_BODY:
    raise ImproperlyConfigured("SMS_BODY must hold {text}, the text that is sent.")

# --- SMS: what it may cost, and when it is sent ---------------------------------------------------------------------

# The price of one segment, and the most that the texts of one clinic may cost in a day (0: no limit).
SMS_PRICE: Decimal = amount("SMS_PRICE", "0.40")
SMS_DAY_CAP: Decimal = amount("SMS_DAY_CAP", "500")
SMS_CURRENCY = text("SMS_CURRENCY", "BDT")
if not re.fullmatch(r"[A-Z]{3}", SMS_CURRENCY):
    raise ImproperlyConfigured(f"SMS_CURRENCY must be three letters such as BDT, not {SMS_CURRENCY!r}.")
# From when until when nothing is sent that can wait, in the clinic's zone.
SMS_QUIET_HOURS: tuple[time, time] | None = hours("SMS_QUIET_HOURS", "21:00-08:00")
# The key by which the gateway signs its delivery reports; without one none is accepted.
SMS_REPORT_KEY = text("SMS_REPORT_KEY")
if SMS_REPORT_KEY and len(SMS_REPORT_KEY) < 32:
    raise ImproperlyConfigured("SMS_REPORT_KEY must have at least 32 characters: it proves who sends reports.")
