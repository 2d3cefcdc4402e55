"""Checks whether the machine's clock is plausible, and whether a job would change too many rows at once.

If the clock jumped ahead, jobs would mark visits as missed, end licences and send reminders too early. So jobs wait for
an admin if more than a day has passed since the last pass, or if a job would change an unusual share of its rows.
"""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Max
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from shs.core.dates import show_datetime
from shs.core.due.models import ClockMark, JobLease
from shs.core.due.registry import Job
from shs.core.labels import Label

log = logging.getLogger("shs.due")

JUMP = timedelta(days=1)
SLACK = timedelta(minutes=5)
"""By how much the clocks of several machines may differ."""

STEP = timedelta(seconds=30)
"""How often the time of the last pass is stored at most."""

FEW, SHARE = 50, 0.25
"""A job waits that would touch more than FEW rows and more than this share of them."""

CLOCK, MANY = "clock", "many"
SHOWN_FOR = timedelta(days=3)


def is_future(instant: datetime | None, now: datetime) -> bool:
    """Whether a stored time is in the future: the clock was wrong when it was stored, or is wrong now."""
    return instant is not None and instant > now + SLACK


def follows(now: datetime) -> bool:
    """Whether `now` is a plausible time for the next pass; if so, it is stored. A clock that was set back is accepted,
    and recorded for the System page."""
    mark = ClockMark.objects.first()
    seen_at = mark.seen_at if mark else JobLease.objects.aggregate(last=Max("began_at"))["last"]
    if seen_at is None or seen_at - SLACK <= now <= seen_at + JUMP:
        if mark is None or seen_at is None or now > seen_at + STEP:
            _believe(now)
        return True
    if now > seen_at:
        return False
    log.warning("The clock was set back from %s; jobs that ran in the future run again.", seen_at)
    _believe(now, set_back_at=now, set_back_from=seen_at)
    return True


def release(now: datetime) -> None:
    """An admin has confirmed that `now` is right; jobs continue."""
    _believe(now)


def _believe(now: datetime, **jump: datetime) -> None:
    """Store `now` as the time of the last pass. No job is held because of the clock any more, even if it is not due."""
    ClockMark.objects.update_or_create(pk=1, defaults={"seen_at": now, **jump})
    JobLease.objects.filter(held=CLOCK).update(held="")


def is_running(lease: JobLease, now: datetime) -> bool:
    """Whether a process holds `lease`. A lease that ends later than any new lease would is from a wrong clock and
    does not count."""
    if not lease.holder or lease.expires_at is None:
        return False
    return now < lease.expires_at <= now + timedelta(seconds=settings.DUE_LEASE_SECONDS) + SLACK


def why_held(job: Job, now: datetime) -> str:
    """Why a scheduled run of `job` must wait for an admin, as stored in `JobLease.held`; empty if it need not. One
    query, two more for a job with `out_of`."""
    if not follows(now):
        return CLOCK
    if job.out_of is None:
        return ""
    try:
        count = job.work(now=now, dry_run=True)
    except Exception:  # the run itself will fail in the same way and be recorded
        return ""
    total = job.out_of() if count > FEW else count
    return f"{MANY} {count} {total}" if count > FEW and count > SHARE * total else ""


def in_words(held: str) -> Label:
    """`JobLease.held` as a text; empty if the job is not held."""
    kind, _space, numbers = held.partition(" ")
    if kind == CLOCK:
        return _("More than a day has passed since the last run. If the clock is right, release the scheduled jobs.")
    if kind == MANY:
        count, total = numbers.split()
        return ngettext(
            "It would change %(count)s of %(total)s row at once. Check the clock, then run it by hand.",
            "It would change %(count)s of %(total)s rows at once. Check the clock, then run it by hand.",
            int(total),
        ) % {"count": count, "total": total}
    return ""


def was_set_back(now: datetime) -> Label | None:
    """A sentence if the clock was set back in the last days."""
    mark = ClockMark.objects.filter(set_back_at__gt=now - SHOWN_FOR).first()
    if mark is None or mark.set_back_from is None or mark.set_back_at is None:
        return None
    return _("On %(at)s the clock was set back from %(from)s. What was done in between may have been too early.") % {
        "at": show_datetime(mark.set_back_at),
        "from": show_datetime(mark.set_back_from),
    }
