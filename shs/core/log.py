"""Log lines as JSON: time, level, logger, message, request id, user id. Never a body, a header or a query string."""

import json
import logging
from datetime import UTC, datetime

from shs.core.context import current


class JsonFormatter(logging.Formatter):
    """One JSON object a line; a traceback is kept, the values of its variables are not."""

    def format(self, record: logging.LogRecord) -> str:
        # Django writes the line of a refused request when the request's own context is over.
        context = current.get() or getattr(getattr(record, "request", None), "context", None)
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage().partition("?")[0] if record.name == "django.server" else record.getMessage(),
            "request": context.id if context else None,
            "user": context.user.pk if context and context.user else None,
        }
        if record.exc_info and record.levelno >= logging.ERROR:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)
