"""Backups that were made, and the restore that created this database."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shs.core.dates import show_datetime
from shs.core.errors import Refused
from shs.core.records.crud import NoPages
from shs.core.records.models import RecordQuerySet
from shs.core.records.privacy import Administrative


class Backup(models.Model):
    """A finished backup of everything that was stored before `taken_at`. `digest` is the SHA-256 of the file, `bytes`
    its size."""

    privacy = Administrative(because="which backups were made")
    crud = NoPages("a log, on the System page")
    no_history = "a log, written once"

    file = models.CharField(_("file"), max_length=255)
    taken_at = models.DateTimeField(_("taken"), db_index=True)
    finished_at = models.DateTimeField(_("finished"))
    bytes = models.PositiveBigIntegerField(_("size in bytes"))
    digest = models.CharField(_("digest"), max_length=64)
    is_encrypted = models.BooleanField(_("encrypted"))

    class Meta:
        verbose_name = _("backup")
        verbose_name_plural = _("backups")
        default_permissions = ()

    def __str__(self) -> str:
        return self.file


class Restore(models.Model):
    """This database was restored from a backup. No messages are sent until an admin releases them, because the original
    system may still be running or may have sent the same messages.

    If `withdraws_due` is set at the release, messages that were due before `restored_at` are withdrawn.
    """

    privacy = Administrative(because="which backup was restored, and who let its messages go out")
    crud = NoPages("a log, on the System page")
    no_history = "it is released once, and says by whom"

    file = models.CharField(_("file"), max_length=255)
    taken_at = models.DateTimeField(_("backup taken"))
    restored_at = models.DateTimeField(_("restored"))
    released_at = models.DateTimeField(_("released"), null=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("released by"), null=True
    )
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    withdraws_due = models.BooleanField(_("withdraws what was due"), default=True)

    objects = RecordQuerySet.as_manager()

    class Meta:
        verbose_name = _("restore")
        verbose_name_plural = _("restores")
        default_permissions = ()
        permissions = [("release_restore", "Can let a restored system send messages again")]
        constraints = [
            models.CheckConstraint(
                name="restore_release_is_whole",
                condition=Q(released_at=None, released_by=None) | Q(released_at__isnull=False) & ~Q(reason=""),
                violation_error_message=_("Say why the messages may be sent."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.file} {show_datetime(self.restored_at)}"


def last_backup() -> datetime | None:
    """The time of the newest backup (aware); None if there is none."""
    return Backup.objects.order_by("-taken_at").values_list("taken_at", flat=True).first()


def held() -> Restore | None:
    """The restore whose messages have not been released; None if messages may be sent."""
    return Restore.objects.filter(released_at=None).order_by("-restored_at").first()


def withdrawn_until() -> datetime | None:
    """Messages that were due before this time (aware) are withdrawn, as chosen at the release; None: none are."""
    released = Restore.objects.filter(released_at__isnull=False, withdraws_due=True)
    return released.order_by("-restored_at").values_list("restored_at", flat=True).first()


def release(*, by_id: int, reason: str, withdraws_due: bool, now: datetime) -> None:
    """Let messages be sent again. Raises Refused (409) if they are not held."""
    rows = Restore.objects.without_history(Restore.no_history).filter(released_at=None)
    changed = rows.update(released_at=now, released_by=by_id, reason=reason[:500], withdraws_due=withdraws_due)
    if not changed:
        raise Refused(_("No messages are held."))
