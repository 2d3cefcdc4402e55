"""Reports to the moderators."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shs.core.records.constraints import known
from shs.core.records.crud import By, Crud, Never
from shs.core.records.models import Record, RecordQuerySet
from shs.core.records.privacy import Administrative
from shs.core.records.transitions import move


class ReportQuerySet(RecordQuerySet["Report"]):
    """Reports."""

    def open(self) -> Self:
        """Those without a decision."""
        return self.filter(status=Report.Status.OPEN)

    def of(self, kind: str, object_id: int) -> Self:
        """Those about one item."""
        return self.filter(kind=kind, object_id=object_id)


class ReportKind(models.TextChoices):
    BLOG = "blog", _("Article")
    COMMENT = "comment", _("Comment")
    REVIEW = "review", _("Review")
    ANSWER = "answer", _("Answer of the assistant")


class ReportStatus(models.TextChoices):
    OPEN = "open", _("Open")
    DISMISSED = "dismissed", _("Dismissed")
    UPHELD = "upheld", _("Upheld")


class Report(Record):
    """One user's complaint about one article, comment, review or answer of the assistant.

    The item is identified by kind and id, without a foreign key: other apps can add kinds, and a report remains when
    the author deletes the item. `shs.blog.targets` maps the kinds to models.
    """

    privacy = Administrative(because="complaints about what others wrote")
    crud = Crud(add=Never("readers file it in the app"), change=By("dismiss"), remove=Never("kept with its decision"))

    Kind = ReportKind

    Status = ReportStatus

    STEPS = {
        Status.OPEN: {Status.DISMISSED, Status.UPHELD},
        Status.DISMISSED: {Status.OPEN},
        Status.UPHELD: {Status.OPEN},
    }

    reporter = models.ForeignKey("users.User", models.PROTECT, related_name="reports", verbose_name=_("reported by"))
    kind = models.CharField(_("what"), max_length=10, choices=Kind)
    object_id = models.PositiveBigIntegerField(_("id"))
    reason = models.CharField(_("reason"), max_length=500)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.OPEN)
    decision = models.CharField(_("reason for the decision"), max_length=500, blank=True)

    objects = ReportQuerySet.as_manager()
    locked_fields = ("reporter", "kind", "object_id", "reason", "status", "decision")

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        ordering = ["-pk"]
        permissions = [
            ("file_report", "Can report content written by others"),
            ("dismiss_report", "Can decide reports"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["reporter", "kind", "object_id"],
                name="report_once_a_user",
                violation_error_code="already_reported",
                violation_error_message=_("You have already reported this."),
            ),
            known("kind", ReportKind),
            known("status", ReportStatus),
        ]
        indexes = [
            models.Index(fields=["kind", "object_id"], name="report_by_object"),  # counts reports of an item
            models.Index(fields=["created_at"], name="report_open", condition=Q(status="open")),  # the queue
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.reason[:60]}"

    def dismiss(self, *, reason: str) -> None:
        """Decide that the reported item may stay."""
        move(self, self.Status.DISMISSED, reason=reason, decision=reason)

    def uphold(self, *, reason: str) -> None:
        """Decide that the reported item is hidden (or was withdrawn)."""
        move(self, self.Status.UPHELD, reason=reason, decision=reason)

    def reopen(self, *, reason: str) -> None:
        """Undo the decision."""
        move(self, self.Status.OPEN, reason=reason, decision="")
