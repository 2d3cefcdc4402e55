"""The WSGI application for `manage.py serve`, or `gunicorn shs.wsgi`."""

import atexit

from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application

from shs.startup import require_settings

require_settings()
application = get_wsgi_application()


def with_due_work() -> WSGIHandler:
    """The application, in a process that also runs the due jobs in a thread."""
    from shs.core.due.runner import start_beside  # models can be imported only now

    atexit.register(start_beside(every=60, pause=1))
    return application
