"""Scheduled work of the audit."""

from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from shs.audit import leftover
from shs.core.due.registry import due
from shs.core.reads.models import AuditSeal
from shs.core.reads.seal import last_seal
from shs.notices.kinds import Kind
from shs.notices.models import Notice
from shs.notices.services import notice, notify
from shs.users.models import User


@due("mail_digest", every=timedelta(days=1), label=_("Send the digest of the newest seal to the auditors"))
def mail_digest(*, now: datetime, dry_run: bool = False) -> int:
    """Send the newest seal's digest to every auditor, so that it is known outside of the database; returns to how many.
    Each digest is sent once."""
    last = last_seal()
    if last is None:
        return 0
    about = f"seal:{last.digest[:32]}"
    people = list(User.objects.auditors().exclude(pk__in=Notice.objects.filter(about=about).values("user")))
    if dry_run:
        return len(people)
    unkeyed = AuditSeal.objects.filter(key="").order_by("-to_id").values_list("to_id", flat=True).first()
    data = {"digest": last.digest, "to_line": last.to_id, "sealed_at": last.sealed_at, "unkeyed_to": unkeyed or 0}
    told = [
        notice(to=person, kind=Kind.AUDIT_DIGEST, data=data, about=about, key=f"{person.pk}:{last.digest}")
        for person in people
    ]
    notify(*told)
    return len(told)


@due(
    "end_leftover",
    every=timedelta(hours=1),
    label=_("End rights on records that are gone, and of people who have left"),
)
def end_leftover(*, now: datetime, dry_run: bool = False) -> int:
    """Run `leftover.end_leftover`."""
    return leftover.end_leftover(dry_run=dry_run)
