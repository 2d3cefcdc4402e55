"""JSON log lines: time, level, logger, message, request id, user id. Never a body, a header or a query string."""

import json
import logging
from datetime import UTC, datetime

from shs.core.context import current


class JsonFormatter(logging.Formatter):
    """One JSON object a line, with tracebacks but without the values of variables."""

    def format(self, record: logging.LogRecord) -> str:
        # Django logs a refused request after the request's context has ended.
        context = current.get() or getattr(getattr(record, "request", None), "context", None)
        user = context.known_user if context else None
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage().partition("?")[0] if record.name == "django.server" else record.getMessage(),
            "request": context.id if context else None,
            "user": user.pk if user else None,
        }
        if record.exc_info and record.levelno >= logging.ERROR:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)
