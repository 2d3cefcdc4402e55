"""JSON log lines: time, level, logger, message, request id, user id. Never a body, a header, a query string, or a code
that opens a page without a login."""

import json
import logging
import re
from datetime import UTC, datetime

from shs.core.context import current

IN_ADDRESSES = re.compile(r"(/(?:q|rx|letter|display|verify)/)[^\s/?\"'<>]+")
"""A code in an address: of the queue, a prescription, a letter, a waiting room. Who has it reads the page."""


def without_codes(text: str) -> str:
    """A text with addresses, without the codes in them."""
    return IN_ADDRESSES.sub(r"\1…", text)


class Refusals(logging.Filter):
    """For what anybody can cause by an address, a header or many requests, such as a filter that does not exist, or a
    503 at the gate of hashing: a warning of one line instead of an error with its traceback. What makes the database or
    another service unavailable has an error of its own."""

    def filter(self, record: logging.LogRecord) -> bool:
        is_busy = record.name in ("django.request", "django.server") and getattr(record, "status_code", 0) == 503
        if is_busy or record.name.startswith("django.security."):
            record.levelno, record.levelname, record.exc_info = logging.WARNING, "WARNING", None
        return True


class JsonFormatter(logging.Formatter):
    """One JSON object a line, with tracebacks but without the values of variables."""

    def format(self, record: logging.LogRecord) -> str:
        # Django logs a refused request after the request's context has ended.
        context = current.get() or getattr(getattr(record, "request", None), "context", None)
        user, message = context.known_user if context else None, record.getMessage()
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": without_codes(message.partition("?")[0] if record.name == "django.server" else message),
            "request": context.id if context else None,
            "user": user.pk if user else None,
        }
        if record.exc_info and record.levelno >= logging.ERROR:
            line["error"] = without_codes(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)
