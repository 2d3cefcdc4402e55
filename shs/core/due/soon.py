"""Due work that a request asks for, run once its transaction is stored."""

import threading
from functools import partial

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from shs.core.due.jobs import Busy, run
from shs.core.due.registry import jobs

_asked = threading.local()
"""The jobs that this thread has asked for and not run yet."""


def soon(name: str) -> None:
    """Run a job once the present transaction is stored, and not at all if it is undone: by Celery where there is a
    broker, else in this thread. A failure is recorded and not raised. Asked for many times, it runs once."""
    _asked.__dict__.setdefault("names", set()).add(name)
    # Each time anew: what was registered in a savepoint that is undone would be lost for those who come after.
    transaction.on_commit(partial(_run_asked, name), robust=True)


def _run_asked(name: str) -> None:
    if name not in _asked.names:
        return
    _asked.names.discard(name)
    if settings.CELERY_BROKER_URL:
        from shs.core.due.broker import send  # Celery is loaded only where there is a broker

        send(name)
        return
    job = jobs()[name]
    try:
        run(job._replace(work=job.at_once), now=timezone.now(), is_asked=True)
    except Busy:
        return  # the other process is at it, or the next one comes by the clock
