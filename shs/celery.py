"""The Celery app, for `celery -A shs worker` and `celery -A shs beat`: the jobs of every app with their intervals."""

import django

from shs.startup import require_settings

require_settings()
django.setup()

from shs.core.due.broker import app, schedule  # noqa: E402

app.conf.beat_schedule = schedule()
