"""The WSGI application: `gunicorn shs.wsgi`."""

from django.core.wsgi import get_wsgi_application

from shs.startup import require_settings

require_settings()
application = get_wsgi_application()
