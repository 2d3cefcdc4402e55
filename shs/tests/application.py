"""The WSGI application by the clock of the test run: `gunicorn shs.tests.application`."""

from shs.wsgi import application  # first: it reads the settings and loads the apps

from shs.tests import clock  # isort: skip

__all__ = ["application"]

clock.follow()
