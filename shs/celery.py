"""For `celery -A shs worker` and `celery -A shs beat`: the jobs of every app, each in its time."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shs.settings")
django.setup()

from shs.core.due.broker import app, schedule  # noqa: E402

app.conf.beat_schedule = schedule()
