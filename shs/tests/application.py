"""The WSGI application with the clock of the test run: `gunicorn shs.tests.application`."""

from shs.wsgi import application  # first, because it reads the settings and loads the apps

from shs.tests import clock  # isort: skip

__all__ = ["application"]

clock.follow()
