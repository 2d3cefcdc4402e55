"""The System page: jobs, queues and failures of the due work, backups, and settings."""

import logging
from datetime import datetime
from urllib.parse import urlsplit

import django
from django.conf import settings
from django.contrib import admin, messages
from django.db import connection
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from shs.core.admin.site import office
from shs.core.backup.models import Backup, Restore, held
from shs.core.caller import MemberRequest
from shs.core.dates import show_datetime
from shs.core.due import clock
from shs.core.due.bell import ring
from shs.core.due.jobs import Busy, run
from shs.core.due.models import JobRun
from shs.core.due.registry import Job, jobs, queues
from shs.core.due.status import JobStatus, job_statuses, why_late
from shs.core.grants.table import holds
from shs.core.health import system_facts, warnings
from shs.core.labels import Label

log = logging.getLogger("shs.due")

FAILURES_SHOWN = 10


@require_GET
def system_page(request: MemberRequest) -> HttpResponse:
    """Each job with its last and next run, each queue with its oldest item, and the last failures."""
    now = timezone.now()
    found = job_statuses(now)
    failures = JobRun.objects.filter(JobRun.failed()).order_by("-started_at")
    context = {
        **admin.site.each_context(request),
        "title": _("System"),
        "warning": why_late(found),
        "warnings": [sentence for sentence in warnings().values() if sentence and sentence != why_late(found)],
        "held": held(),
        "may_release": holds(request.user, "core.release_restore"),
        "lines": [(status, *_state(status)) for status in found],
        "queues": [(queue, queue.waiting(now=now)) for queue in queues().values()],
        "failures": [(failure, _label(failure.name)) for failure in failures[:FAILURES_SHOWN]],
        "count": failures.count(),
        "may_run": holds(request.user, "core.run_jobrun"),
        "waits_for_clock": any(status.is_held_by_clock for status in found),
        "facts": _facts(),
        "now": now,
    }
    return TemplateResponse(request, "admin/system.html", context)


@require_POST
def run_now(request: MemberRequest) -> HttpResponse:
    """Run one job at once, even if it is not due: in the process of the due work if there is one, else in this one."""
    job = jobs().get(request.POST.get("name", ""))
    if job is None:
        raise Http404
    words = {"job": job.label}
    if settings.CELERY_BROKER_URL:
        from shs.core.due.broker import send  # import Celery only if there is a broker

        if send(job.name, by_id=request.user.pk):
            messages.success(request, _("“%(job)s” has been sent to the workers.") % words)
        else:
            messages.error(
                request, _("The message broker does not respond. “%(job)s” runs at its next scheduled time.") % words
            )
    elif ring(job.name, request.user.pk):
        messages.success(request, _("“%(job)s” has been started. Reload the page to see the result.") % words)
    else:
        _run_here(request, job, now=timezone.now())
    return HttpResponseRedirect(reverse("admin:system"))


@require_POST
def release_clock(request: MemberRequest) -> HttpResponse:
    """An admin confirms that the clock is right; due work continues."""
    clock.release(timezone.now())
    log.warning("Due work was released by user %s", request.user.pk)
    messages.success(request, _("The scheduled jobs have been released and run within a minute."))
    return HttpResponseRedirect(reverse("admin:system"))


def _run_here(request: MemberRequest, job: Job, *, now: datetime) -> None:
    words = {"job": job.label}
    try:
        done = run(job, now=now, by_id=request.user.pk, by_person=True)
    except Busy:
        messages.warning(request, _("“%(job)s” is already running.") % words)
        return
    if done and done.error:
        messages.error(request, _("“%(job)s” failed: %(error)s.") % {**words, "error": done.error})
    elif done:
        messages.success(request, _("“%(job)s” finished: %(count)s processed.") % {**words, "count": done.count})


def _state(status: JobStatus) -> tuple[str, Label]:
    """The colour and text of a job's state, the worst problem first."""
    if status.is_running:
        return "good", _("running")
    if status.held:
        return "danger", _("on hold")
    if status.is_late:
        return "danger", _("late")
    if status.last and status.last.error:
        return "danger", _("failed")
    if status.last is None:
        return "warning", _("never ran")
    return "good", _("on time")


def _label(name: str) -> Label:
    """The label of a job; the bare name if the job no longer exists."""
    job = jobs().get(name)
    return job.label if job else name


def _facts() -> list[tuple[Label, Label]]:
    """Database, cache, broker and other settings, without passwords."""
    broker = urlsplit(settings.CELERY_BROKER_URL)
    by = _("Celery, through %(broker)s") % {"broker": f"{broker.scheme}://{broker.hostname}"} if broker.scheme else ""
    return [
        (_("Scheduled jobs are run by"), by or _("manage.py run_due")),
        (_("Database"), f"{connection.display_name}, {_database_bytes() / 1024**2:,.1f} MiB"),
        (_("Cache"), _("Redis") if settings.REDIS_URL else _("in the database")),
        (_("Last backup"), _last_backup()),
        *_last_restore(),
        (_("Django"), django.get_version()),
        (_("Time zone"), settings.TIME_ZONE),
        *system_facts(),
    ]


def _last_backup() -> Label:
    last = Backup.objects.order_by("-taken_at").first()
    return f"{show_datetime(last.taken_at)}, {last.bytes / 1024**2:,.1f} MiB" if last else _("none")


def _last_restore() -> list[tuple[Label, Label]]:
    """When this system was restored, and who released its messages and why; empty if it was not restored."""
    last = Restore.objects.select_related("released_by").order_by("-restored_at").first()
    if last is None:
        return []
    released = f" · {last.released_by}: {last.reason}" if last.released_by else ""
    return [(_("Restored from a backup"), f"{show_datetime(last.restored_at)}{released}")]


def _database_bytes() -> int:
    size = {
        "sqlite": "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
        "postgresql": "SELECT pg_database_size(current_database())",
    }
    with connection.cursor() as cursor:
        cursor.execute(size[connection.vendor])
        return int(cursor.fetchone()[0])


office.add_page("system/", system_page, name="system", needs="core.view_jobrun")
office.add_page("system/run/", run_now, name="system_run", needs="core.run_jobrun")
office.add_page("system/clock/", release_clock, name="system_clock", needs="core.run_jobrun")
