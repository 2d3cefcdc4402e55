"""Changes of an e-mail address: its owner confirms the new one by a link, and may undo the change by another."""

from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shs.core.records.constraints import known
from shs.core.records.crud import NoPages
from shs.core.records.models import Record, RecordQuerySet
from shs.core.records.privacy import Administrative
from shs.core.records.transitions import move
from shs.users.models.touch import COUNTS_FOR
from shs.users.models.user import User

UNDO_FOR = timedelta(days=7)
"""For so long the former address can undo a change, and a reset by the office needs a second admin."""


class ChangeStatus(models.TextChoices):
    """What became of a change of address."""

    SENT = "sent", _("Link sent")
    DONE = "done", _("Changed")
    UNDONE = "undone", _("Undone")
    ENDED = "ended", _("Ended")


class AddressChangeQuerySet(RecordQuerySet["AddressChange"]):
    """Changes of address."""

    def sent(self) -> Self:
        """Those whose link has not been used."""
        return self.filter(status=ChangeStatus.SENT)

    def lately(self, now: datetime, within: timedelta) -> Self:
        """Those that took effect within that time before `now`."""
        return self.filter(done_at__gt=now - within, status__in=[ChangeStatus.DONE, ChangeStatus.UNDONE])

    def former(self, now: datetime) -> Self:
        """Those whose former address, a confirmed one, is still told what others do to the account."""
        return self.lately(now, COUNTS_FOR).filter(was_confirmed=True)


class AddressChange(Record):
    """A change of a person's address from `old_email` (`was_confirmed`: it had been confirmed) to `new_email`, which
    `asked_by` asked for: the person, or somebody of the office."""

    privacy = Administrative(because="addresses of accounts; nobody reads them but their owner")
    crud = NoPages("asked for on the page of the account, and undone by the link in a mail")

    Status = ChangeStatus

    STEPS = {Status.SENT: {Status.DONE, Status.ENDED}, Status.DONE: {Status.UNDONE}}

    user = models.ForeignKey(User, models.CASCADE, related_name="address_changes")
    old_email = models.EmailField()
    new_email = models.EmailField()
    was_confirmed = models.BooleanField()
    asked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="addresses_asked")
    status = models.CharField(max_length=10, choices=Status, default=Status.SENT)
    sent_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    objects = AddressChangeQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            known("status", ChangeStatus),
            models.UniqueConstraint(fields=["user"], condition=Q(status="sent"), name="addresschange_sent_once"),
            models.CheckConstraint(name="addresschange_moves", condition=~Q(old_email=models.F("new_email"))),
            models.CheckConstraint(
                name="addresschange_done_says_when",
                condition=Q(status__in=["sent", "ended"]) | Q(done_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} · {self.get_status_display()}"

    def can_be_done(self, now: datetime) -> bool:
        """Whether the link to the new address still works."""
        lasts = timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
        return self.status == ChangeStatus.SENT and self.sent_at + lasts > now and self.user.is_active

    def can_be_undone(self, now: datetime) -> bool:
        """Whether the link to the former address still works."""
        done = self.status == ChangeStatus.DONE and self.done_at is not None
        return bool(done and self.was_confirmed and self.done_at and self.done_at + UNDO_FOR > now)

    def mark_done(self, *, now: datetime) -> None:
        """Note that the new address was confirmed."""
        move(self, ChangeStatus.DONE, reason="confirmed by the new address", done_at=now)

    def mark_undone(self) -> None:
        """Note that the former address undid it."""
        move(self, ChangeStatus.UNDONE, reason="undone by the former address")

    def end(self) -> None:
        """End it unused: another one takes its place."""
        move(self, ChangeStatus.ENDED, reason="replaced by another change")
