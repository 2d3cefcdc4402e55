"""Health checks: `/healthz` (the process answers) and `/readyz` (it can work)."""

import threading

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.utils import timezone

from shs.core.due.status import job_statuses, why_late

PATIENCE_SECONDS = 2


def healthz(request: HttpRequest) -> JsonResponse:
    """200: the process answers; nothing else is checked."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    """200 if database, cache and migrations are ready, else 503; within two seconds even if the database hangs. Late
    due work is only a warning, because requests are still answered."""
    found: dict[str, str] = {}
    worker = threading.Thread(target=_ask, args=(found,), daemon=True)
    worker.start()
    worker.join(PATIENCE_SECONDS)
    parts = {name: found.get(name, "no answer") for name in ("database", "migrations", "cache")}
    ready = all(state == "ok" for state in parts.values())
    answer = {"status": "ready" if ready else "not ready", **parts, "due_work": found.get("due_work", "no answer")}
    return JsonResponse(answer, status=200 if ready else 503)


def _ask(found: dict[str, str]) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        found["database"] = "ok"
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
        found["migrations"] = "missing" if missing else "ok"
        cache.get("readyz")
        found["cache"] = "ok"
        warning = why_late(job_statuses(timezone.now()))
        found["due_work"] = f"warning: {warning}" if warning else "ok"
    except (DatabaseError, OSError) as error:
        found.setdefault("database", type(error).__name__)
    finally:
        connection.close()
