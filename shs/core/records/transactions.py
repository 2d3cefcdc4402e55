"""Transactions that are retried after a deadlock, and hooks that run after a commit."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection, transaction

from shs.core.errors import Unavailable

log = logging.getLogger(__name__)

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")

LOST_RACES = {"40001", "40P01"}  # serialization_failure and deadlock_detected (PostgreSQL's manual, appendix A)


def atomic_with_retry(work: Callable[Arguments, Answer]) -> Callable[Arguments, Answer]:
    """Run `work` in a transaction; after a deadlock or a serialization failure up to twice more, then Unavailable
    (503). Twice, because what it lost against may lose against a third one and be tried again, too.

    Inside an outer transaction it runs once: only the outermost one can be tried again.
    """

    @wraps(work)
    def run(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Answer:
        attempts = 1 if connection.in_atomic_block else 3
        for _attempt in range(attempts):
            try:
                with transaction.atomic():
                    return work(*args, **kwargs)
            except OperationalError as error:
                if getattr(error.__cause__, "sqlstate", None) not in LOST_RACES:
                    raise
        raise Unavailable

    return run


def after_commit(hook: Callable[[], object]) -> None:
    """Run `hook` once the present transaction is committed, and not at all if it is rolled back. Its errors are logged
    and do not change the response, because the data is stored already."""

    def guarded() -> None:
        try:
            hook()
        except Exception as error:  # whatever fails, the request has succeeded
            log.error("A hook after a commit failed: %s", type(error).__name__, exc_info=error)

    transaction.on_commit(guarded)
