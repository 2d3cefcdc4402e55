"""Health checks: `/healthz` (the process answers), `/readyz` (it can work), and warnings about optional parts."""

import logging
import threading
from collections.abc import Callable
from functools import cache
from typing import TypeAlias

from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.module_loading import autodiscover_modules

from shs.core.labels import Label

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 2
Check: TypeAlias = Callable[[], Label | None]
"""Checks one optional part; returns a sentence about what is wrong with it, or None or an empty text."""

_checks: dict[str, Check] = {}


def readiness_warning(name: str) -> Callable[[Check], Check]:
    """Let `/readyz` and the System page show, under this name, the sentence that a function of an app's `readiness.py`
    returns. A warning never takes the process out of service. What the function raises counts as a warning, too."""

    def register(check: Check) -> Check:
        _checks[name] = check
        return check

    return register


Fact: TypeAlias = Callable[[], tuple[Label, Label]]
_facts: list[Fact] = []


def system_fact(fact: Fact) -> Fact:
    """Let the System page show what a function of an app's `readiness.py` returns: a name and a value."""
    _facts.append(fact)
    return fact


def system_facts() -> list[tuple[Label, Label]]:
    """The facts of the apps, in their order."""
    autodiscover_modules("readiness")
    return [fact() for fact in _facts]


def readiness_checks() -> dict[str, Check]:
    """Every optional part by name, in the order of the apps."""
    autodiscover_modules("readiness")
    return _checks


def warnings(found: dict[str, str] | None = None) -> dict[str, str]:
    """Each optional part by name with its warning, or an empty text if nothing is wrong. They are written into `found`
    one by one, for a caller that does not wait for all of them."""
    found = {} if found is None else found
    for name, check in readiness_checks().items():
        try:
            found[name] = str(check() or "")
        except Exception as error:  # whatever fails in a check, the site still works
            log.warning("The readiness of %s is not known: %s", name, type(error).__name__)
            found[name] = type(error).__name__
    return found


class ProbeMiddleware:
    """Answers the health checks before the Host header is checked: load balancers call a process by its IP address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.probes = {"/healthz": healthz, "/readyz": readyz}

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        probe = self.probes.get(request.path_info)
        return probe(request) if probe else self.get_response(request)


def healthz(request: HttpRequest) -> HttpResponse:
    """200: the process answers; nothing else is checked."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> HttpResponse:
    """200 if the database answers and all migrations have run, else 503; within two seconds even if something hangs.
    Each other part is "ok" or a warning in words, because requests are still answered without it."""
    needed: dict[str, str] = {}
    optional: dict[str, str] = {}
    asking = threading.Thread(target=_ask, args=(needed, optional), daemon=True)
    asking.start()
    asking.join(PATIENCE_SECONDS)
    parts = {name: needed.get(name, "no answer") for name in ("database", "migrations")}
    is_ready = all(state == "ok" for state in parts.values())
    warned = {name: optional.get(name, "no answer") for name in readiness_checks()}
    answer = {
        "status": "ready" if is_ready else "not ready",
        **parts,
        **{name: f"warning: {sentence}" if sentence else "ok" for name, sentence in warned.items()},
    }
    return JsonResponse(answer, status=200 if is_ready else 503, headers={"Cache-Control": "no-store"})


def _ask(needed: dict[str, str], optional: dict[str, str]) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        needed["database"] = "ok"
        needed["migrations"] = (
            "ok" if _are_migrated(set(MigrationRecorder(connection).applied_migrations())) else "missing"
        )
        warnings(optional)
    except (DatabaseError, OSError) as error:
        needed.setdefault("database", type(error).__name__)
    finally:
        connection.close()


Migration: TypeAlias = tuple[str, str]


@cache
def _migrations() -> dict[Migration, set[Migration]]:
    """What a new database runs, each with the migrations that it replaces. Read once a process: reading the files takes
    longer than all other checks together."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return {key: set(loader.disk_migrations[key].replaces) for key in loader.graph.nodes}


def _are_migrated(applied: set[Migration]) -> bool:
    """Whether each migration, or all that it replaces, are among those `applied` to the database."""
    return all(key in applied or (replaced and replaced <= applied) for key, replaced in _migrations().items())
