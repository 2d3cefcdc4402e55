"""A sample row of each model, for the generated tests."""

from datetime import datetime, timedelta

from shs.core.admin.models import SavedView
from shs.core.backup.models import Backup, Restore
from shs.core.discovery import Case
from shs.core.due.models import JobRun
from shs.core.grants import shares
from shs.core.reads.log import log_read


def core_rows(case: Case, now: datetime) -> None:
    """A run of a job, a saved view that Henry shares, Irene's read of Carol's profile, and Dave's, which Frank shares
    with Henry and with the desk."""
    made = {"file": "shs-20281128T060000Z.backup", "taken_at": now}
    Backup.objects.create(**made, finished_at=now, bytes=1024**2, digest="0" * 64, is_encrypted=True)
    Restore.objects.create(**made, restored_at=now, released_at=now, released_by=case.frank, reason="A rehearsal")
    JobRun.objects.create(name="mark_missed", started_at=now, finished_at=now)
    case.saved_view = SavedView.objects.create(
        owner=case.henry, page="blog.report", name="Comments", query="kind__exact=comment", is_shared=True
    )
    until = now + timedelta(days=7)
    shares.share(case.dr_dave, "view", to=case.henry, ends_at=until, reason="asked for advice", by=case.frank)
    desk = case.erin.groups.get()
    shares.share(case.dr_dave, "view", to=desk, ends_at=until, reason="plans the rooms", by=case.frank)
    log_read(case.irene, what="doctor", ids=[case.dr_carol.pk], subject=case.carol)


samples = [core_rows]
