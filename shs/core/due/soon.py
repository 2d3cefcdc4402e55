"""Jobs requested by code. They run in the process of the due work, so that no request waits for them."""

from django.conf import settings

from shs.core.due.bell import ring
from shs.core.records.transactions import after_commit


def soon(name: str) -> None:
    """Run a job as soon as the present transaction is committed, and not at all if it is rolled back: by Celery if
    there is a broker, else by the process of the due work on this machine. If neither receives the request, the job
    runs at its next scheduled time."""
    after_commit(lambda: _ask(name))


def _ask(name: str) -> None:
    if settings.CELERY_BROKER_URL:
        from shs.core.due.broker import publish  # import Celery only if there is a broker

        publish(name)
    else:
        ring(name)
