"""The WSGI application of `benchmark --served`: with the demo's accounts, and without the list of queries that DEBUG
keeps."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shs.settings")
application = get_wsgi_application()
settings.DEBUG = False
