"""The status of each job: when it last ran, whether it is late."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _

from shs.core.due.clock import CLOCK, in_words, is_future, is_running
from shs.core.due.models import JobLease, JobRun
from shs.core.due.registry import Job, jobs
from shs.core.labels import Label

LATE_AFTER = timedelta(minutes=10)
"""A job that should have started so long ago is late, which means that the scheduler does not run."""


class JobStatus(NamedTuple):
    """The status of one job: its last run, when the next is due (None: it has never started), and why it waits for a
    person (empty: it does not)."""

    job: Job
    last: JobRun | None
    next_at: datetime | None
    is_running: bool
    is_late: bool
    held: Label = ""
    is_held_by_clock: bool = False


def job_statuses(now: datetime) -> list[JobStatus]:
    """The status of every job at `now`, in the order of the apps. Two queries.

    Every pass runs all jobs that are due, also those that have never run; so a job that has never run is late ten
    minutes after another one has.
    """
    newest = JobRun.objects.filter(name=OuterRef("name")).order_by("-started_at").values("pk")[:1]
    leases = {lease.name: lease for lease in JobLease.objects.annotate(last=Subquery(newest))}
    runs = JobRun.objects.select_related("by").in_bulk([lease.last for lease in leases.values() if lease.last])
    began = [lease.began_at for lease in leases.values() if lease.began_at]
    found = []
    for job in jobs().values():
        lease = leases.get(job.name)
        next_at = lease.began_at + job.every if lease and lease.began_at else None
        should_have_begun = next_at or min(began, default=None)
        runs_now = lease is not None and is_running(lease, now)
        is_overdue = bool(should_have_begun and should_have_begun + LATE_AFTER <= now)
        is_late = not runs_now and (is_overdue or is_future(lease.began_at if lease else None, now))
        last = runs.get(lease.last) if lease and lease.last else None
        held = lease.held if lease else ""
        found.append(JobStatus(job, last, next_at, runs_now, is_late, in_words(held), held == CLOCK))
    return found


def why_late(found: list[JobStatus]) -> str:
    """What is wrong with the due work, as a sentence; empty if nothing is."""
    for status in found:
        if status.is_held_by_clock:
            return str(status.held)
        if status.held:
            return f"{status.job.label}: {status.held}"
    if all(status.next_at is None for status in found):
        return str(_("Has never run."))
    if any(status.is_late and status.next_at is None for status in found):
        return str(_("A job that should have run has never run."))
    if any(status.is_late for status in found):
        return str(_("Overdue by more than ten minutes."))
    return ""
