"""The warnings of `/readyz` and the System page. Other apps have theirs in their own `readiness.py`."""

import shutil
from datetime import timedelta
from pathlib import Path
from time import monotonic

import redis
from django.conf import settings
from django.contrib.staticfiles.storage import ManifestFilesMixin, staticfiles_storage
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from shs.core.backup.models import last_backup
from shs.core.context import seconds_since_forwarded
from shs.core.due.clock import was_set_back
from shs.core.due.models import JobRun
from shs.core.due.status import job_statuses, why_late
from shs.core.health import readiness_warning
from shs.core.labels import Label
from shs.core.reads.seal import unsealed
from shs.core.reads.verify import LATE

CACHE_SECONDS = 0.5
FAILURES_IN_A_ROW = 30
BACKUP_AGE = timedelta(days=2)
LEAST_FREE = 0.05
FORWARDED_SECONDS = 3600


@readiness_warning("due_work")
def due_work() -> Label | None:
    """Scheduled jobs that are late, have never run, or fail each time."""
    found = job_statuses(timezone.now())
    failing = [
        status.job
        for status in found
        if status.last and status.last.error and _failures_in_a_row(status.job.name) >= FAILURES_IN_A_ROW
    ]
    if failing:
        return _("“%(job)s” has failed %(times)s times in a row.") % {
            "job": failing[0].label,
            "times": FAILURES_IN_A_ROW,
        }
    return why_late(found)


def _failures_in_a_row(name: str) -> int:
    """How many of the last runs of a job failed one after another; looks at FAILURES_IN_A_ROW runs."""
    errors = JobRun.objects.filter(name=name).order_by("-started_at").values_list("error", flat=True)
    count = 0
    for error in errors[:FAILURES_IN_A_ROW]:
        if not error:
            break
        count += 1
    return count


@readiness_warning("clock")
def clock() -> Label | None:
    """The clock was set back; jobs may have run too early."""
    return was_set_back(timezone.now())


@readiness_warning("read_log")
def read_log() -> Label | None:
    """Lines of the read log that should have been sealed already."""
    if unsealed(timezone.now() - LATE).exists():
        return _("Lines of the read log have not been sealed for more than three hours.")
    return None


@readiness_warning("backup")
def backup() -> Label | None:
    """The last backup is older than two days, or there is none, although backups are configured."""
    if not settings.BACKUP_DIR:
        return None
    last = last_backup()
    if last is None or last < timezone.now() - BACKUP_AGE:
        return _("There is no backup of the last two days.")
    return None


@readiness_warning("disk")
def disk() -> Label | None:
    """The disk of the database or of the uploads is almost full."""
    folders = [Path(settings.MEDIA_ROOT)]
    if connection.vendor == "sqlite":
        folders.append(Path(str(connection.settings_dict["NAME"])).parent)
    for folder in folders:
        usage = shutil.disk_usage(_nearest(folder))
        if usage.free < usage.total * LEAST_FREE:
            return _("Less than 5 %% of the disk that holds %(folder)s is free.") % {"folder": folder.name}
    return None


def _nearest(folder: Path) -> Path:
    """`folder`, or its nearest parent that exists; the folder of uploads is created with the first upload."""
    return folder if folder.exists() or folder == folder.parent else _nearest(folder.parent)


@readiness_warning("static_files")
def static_files() -> Label | None:
    """Pages have no styles because `collectstatic` was not run."""
    storage: object = staticfiles_storage
    manifests = storage.manifest_storage if isinstance(storage, ManifestFilesMixin) else None
    if manifests is not None and not manifests.exists(ManifestFilesMixin.manifest_name):
        return _("The list of static files is missing: run `manage.py collectstatic`.")
    return None


@readiness_warning("proxies")
def proxies() -> Label | None:
    """Requests arrive through a proxy that is not counted in TRUSTED_PROXIES, so all clients have its address."""
    since = seconds_since_forwarded(monotonic())
    if not settings.TRUSTED_PROXIES and since is not None and since < FORWARDED_SECONDS:
        return _("Requests arrive through a proxy, but TRUSTED_PROXIES is 0: all clients share its address.")
    return None


@readiness_warning("cache")
def cache() -> Label | None:
    """Redis does not answer. Checked last, because it may take half a second."""
    if not settings.REDIS_URL:
        return None
    try:
        with redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=CACHE_SECONDS, socket_connect_timeout=CACHE_SECONDS, retry=None
        ) as server:
            server.ping()
    except (redis.RedisError, OSError):
        return _("Redis does not respond: pages are slower, and limits are counted elsewhere.")
    return None
