"""Jobs that a request asks for, run after its transaction has been committed."""

import threading
from functools import partial

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from shs.core.due.jobs import Busy, run
from shs.core.due.registry import jobs

_asked = threading.local()
"""The jobs that this thread has requested and not run yet."""


def soon(name: str) -> None:
    """Run a job after the present transaction is committed, by Celery if there is a broker, else in this thread. A
    failure is recorded, not raised. Several requests in one transaction run it once."""
    _asked.__dict__.setdefault("names", set()).add(name)
    # Registered on every call: a hook from a savepoint that is rolled back would be lost.
    transaction.on_commit(partial(_run_asked, name), robust=True)


def _run_asked(name: str) -> None:
    if name not in _asked.names:
        return
    _asked.names.discard(name)
    if settings.CELERY_BROKER_URL:
        from shs.core.due.broker import send  # import Celery only if there is a broker

        send(name)
        return
    job = jobs()[name]
    try:
        run(job._replace(work=job.at_once), now=timezone.now(), is_asked=True)
    except Busy:
        return  # another process is running it, and it also runs by schedule
