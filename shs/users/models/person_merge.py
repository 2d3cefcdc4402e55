"""Requests to merge two rows of one person, which a second person confirms."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from shs.core.errors import Forbidden, StepRefused
from shs.core.records.constraints import known
from shs.core.records.crud import By, Crud, Never
from shs.core.records.models import Record, RecordQuerySet
from shs.core.records.privacy import Administrative
from shs.core.records.transitions import lock, move, save_with_reason
from shs.users.models.by_two import DecidedByTwo
from shs.users.models.user import User


class MergeStatus(models.TextChoices):
    """What became of a request."""

    WAITING = "waiting", _("Waiting")
    CONFIRMED = "confirmed", _("Merged")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    UNDONE = "undone", _("Undone")


class PersonMergeQuerySet(RecordQuerySet["PersonMerge"]):
    """Requests."""

    def waiting(self) -> Self:
        """Those that nobody has decided yet."""
        return self.filter(status=MergeStatus.WAITING)


class PersonMerge(DecidedByTwo, Record):
    """The request of `asked_by` to merge `dropped` into `kept`: all that is re-linked refers to `kept` then. `choices`
    says of what differs which is kept ("kept" or "dropped"), by the key of its question. Where both log in, both owners
    have to agree first. `noted`: what undoing needs beside the Merge. `added`: after undoing, by link, the keys of rows
    that were added between, which stay with `kept` until somebody has decided about them."""

    privacy = Administrative(because="which two rows are one person; what differs is only in the profiles")
    crud = Crud(
        add=Never("made on the page that shows what would be merged"),
        change=By("decide", "decline", "undo"),
        remove=By("withdraw"),
    )

    Status = MergeStatus
    STEPS = {
        MergeStatus.WAITING: {MergeStatus.CONFIRMED, MergeStatus.DECLINED, MergeStatus.WITHDRAWN},
        MergeStatus.CONFIRMED: {MergeStatus.UNDONE},
    }

    kept = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("kept"))
    dropped = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("merged into it"))
    choices = models.JSONField(_("choices"), default=dict, blank=True)
    reason = models.CharField(_("reason"), max_length=500)
    both_log_in = models.BooleanField(_("both log in"), default=False)
    kept_agreed_at = models.DateTimeField(_("owner of the kept one agreed"), null=True, blank=True)
    dropped_agreed_at = models.DateTimeField(_("owner of the other one agreed"), null=True, blank=True)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("requested by"))
    asked_at = models.DateTimeField(_("requested"))
    status = models.CharField(_("state"), max_length=10, choices=MergeStatus, default=MergeStatus.WAITING)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    noted = models.JSONField(default=dict, blank=True, editable=False)
    added = models.JSONField(_("added since the merge"), default=dict, blank=True)
    added_settled_at = models.DateTimeField(_("new entries assigned"), null=True, blank=True)

    objects = PersonMergeQuerySet.as_manager()
    unlogged_fields = ("updated_at", "noted")
    locked_fields = (
        "kept",
        "dropped",
        "choices",
        "reason",
        "both_log_in",
        "kept_agreed_at",
        "dropped_agreed_at",
        "asked_by",
        "asked_at",
        "status",
        "decided_by",
        "decided_at",
        "added",
        "added_settled_at",
    )

    class Meta:
        verbose_name = _("merge of two people")
        verbose_name_plural = _("merges of people")
        ordering = ["-pk"]
        default_permissions = ("view",)
        permissions = [
            ("decide_personmerge", "Can confirm, as the second person, a merge that another one asks for"),
            ("decline_personmerge", "Can decline a merge that another one asks for"),
            ("withdraw_personmerge", "Can withdraw their own request to merge two people"),
            ("undo_personmerge", "Can undo a merge of two people"),
            ("agree_personmerge", "Can agree that their two accounts become one"),
        ]
        constraints = [
            known("status", MergeStatus),
            models.CheckConstraint(name="personmerge_of_two", condition=~Q(kept=F("dropped"))),
            models.UniqueConstraint(
                fields=["dropped"],
                condition=Q(status="waiting"),
                name="personmerge_waits_once",
                violation_error_message=_("A merge of this person waits for a second person already."),
            ),
            models.CheckConstraint(
                name="personmerge_takes_two",
                condition=~Q(status="confirmed") | (~Q(decided_by=F("asked_by")) & Q(decided_by__isnull=False)),
                violation_error_message=_("Whoever confirms must not be the one who asked."),
            ),
            models.CheckConstraint(
                name="personmerge_owners_agreed",
                condition=~Q(status="confirmed")
                | Q(both_log_in=False)
                | Q(kept_agreed_at__isnull=False, dropped_agreed_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["status", "-id"], name="personmerge_by_status"),  # the tabs of the list
        ]

    def __str__(self) -> str:
        return f"{self.dropped.patient_number} → {self.kept.patient_number}"

    @property
    def waits_for_owners(self) -> bool:
        """Whether an owner of the two accounts has not agreed yet."""
        return self.both_log_in and not (self.kept_agreed_at and self.dropped_agreed_at)

    def agree(self, *, by: User, now: datetime) -> None:
        """Note that the owner `by` of one of the two accounts agrees. Call it inside a transaction. Raises Forbidden
        (403) for others, StepRefused (409) if it was decided."""
        lock(self)
        if by.pk not in (self.kept_id, self.dropped_id) or not self.both_log_in:
            raise Forbidden
        if self.status != MergeStatus.WAITING:
            raise StepRefused(_("This was decided already."))
        side = "kept_agreed_at" if by.pk == self.kept_id else "dropped_agreed_at"
        setattr(self, side, getattr(self, side) or now)
        save_with_reason(self, "the owner agreed")

    def confirm(self, *, by: User, now: datetime) -> None:
        """Confirm as the second person `by`. Raises Forbidden (403) for the one who asked, for one of the two, and as
        `require_stranger`; StepRefused (409) while an owner has not agreed."""
        if by.pk in {self.asked_by_id, self.kept_id, self.dropped_id}:
            raise Forbidden(_("Somebody else has to decide: not who asked, and neither of the two."))
        self.require_stranger(by, now)

        def agreed() -> None:
            if self.waits_for_owners:
                raise StepRefused(_("Both have a login. Each of the two accounts has to agree in the app first."))

        move(self, MergeStatus.CONFIRMED, reason=self.reason, check=agreed, decided_by=by, decided_at=now)

    def decline(self, *, by: User, reason: str, now: datetime) -> None:
        """Decline as somebody else than whoever asked. Raises Forbidden (403)."""
        if by.pk == self.asked_by_id:
            raise Forbidden(_("Withdraw your own request."))
        move(self, MergeStatus.DECLINED, reason=reason, decided_by=by, decided_at=now)

    def withdraw(self, *, by: User, now: datetime) -> None:
        """Withdraw it as the one who asked. Raises Forbidden (403) for others."""
        if by.pk != self.asked_by_id:
            raise Forbidden
        move(self, MergeStatus.WITHDRAWN, decided_by=by, decided_at=now)

    def note_undone(self, *, added: dict[str, list[int]], reason: str) -> None:
        """Note that it was undone; `added` waits for a decision."""
        move(self, MergeStatus.UNDONE, reason=reason, added=added)

    def settle_added(self, *, reason: str, now: datetime) -> None:
        """Note that somebody has assigned the new entries. Raises StepRefused (409) if it was decided, or nothing
        was added. Call it inside a transaction."""
        lock(self)
        if not self.has_added_open:
            raise StepRefused(_("There is nothing to decide."))
        self.added_settled_at = now
        save_with_reason(self, reason)

    @property
    def has_added_open(self) -> bool:
        """Whether rows that were added between wait for a decision."""
        return self.status == MergeStatus.UNDONE and bool(self.added) and self.added_settled_at is None
