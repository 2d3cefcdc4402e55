"""The WSGI application: `gunicorn shs.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shs.settings")
application = get_wsgi_application()
