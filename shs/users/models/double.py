"""Pairs of rows that may be one person."""

from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from shs.core.records.constraints import known
from shs.core.records.crud import By, Crud, Never
from shs.core.records.models import Record, RecordQuerySet
from shs.core.records.privacy import Administrative
from shs.core.records.transitions import move
from shs.users.models.user import User


class Why(models.TextChoices):
    """Why two rows may be one person."""

    PHONE = "phone", _("Same phone and similar name")
    IDENTIFIER = "identifier", _("Same identity number")


class DoubleState(models.TextChoices):
    """What became of a pair."""

    OPEN = "open", _("To decide")
    NOT_SAME = "not_same", _("Not the same")
    MERGED = "merged", _("Merged")
    GONE = "gone", _("No longer similar")


class PossibleDoubleQuerySet(RecordQuerySet["PossibleDouble"]):
    """Pairs."""

    def open(self) -> Self:
        """Those that nobody has decided yet."""
        return self.filter(state=DoubleState.OPEN)

    def of(self, one: int, other: int) -> Self:
        """The pair of two people, by their keys in any order; at most one."""
        return self.filter(first=min(one, other), second=max(one, other))


class PossibleDouble(Record):
    """Two rows that may be one person, `first` the older. A pair that somebody has found not to be the same is never
    offered again."""

    privacy = Administrative(because="that two rows look alike, and nothing of their charts")
    crud = Crud(
        add=Never("found by a job, by phone and name or by an identity number"),
        change=By("dismiss"),
        remove=Never("kept, so that what was decided is not asked again"),
    )

    Why, State = Why, DoubleState
    STEPS = {
        DoubleState.OPEN: {DoubleState.NOT_SAME, DoubleState.MERGED, DoubleState.GONE},
        DoubleState.NOT_SAME: {DoubleState.OPEN, DoubleState.MERGED},
        DoubleState.MERGED: {DoubleState.OPEN},
        DoubleState.GONE: {DoubleState.OPEN, DoubleState.MERGED},
    }

    first = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("person"))
    second = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("other person"))
    why = models.CharField(_("why"), max_length=10, choices=Why)
    state = models.CharField(_("state"), max_length=8, choices=DoubleState, default=DoubleState.OPEN)
    finding = models.CharField(_("reason"), max_length=500, blank=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)

    objects = PossibleDoubleQuerySet.as_manager()
    locked_fields = ("first", "second", "why", "state", "finding", "decided_by", "decided_at")

    class Meta:
        verbose_name = _("possible duplicate")
        verbose_name_plural = _("possible duplicates")
        ordering = ["-pk"]
        default_permissions = ("view",)
        permissions = [("dismiss_possibledouble", "Can say that two people are not the same")]
        constraints = [
            known("why", Why),
            known("state", DoubleState),
            models.CheckConstraint(name="possibledouble_in_order", condition=Q(first__lt=F("second"))),
            models.UniqueConstraint(
                fields=["first", "second"],
                name="possibledouble_once",
                violation_error_message=_("This pair is listed already."),
            ),
            models.CheckConstraint(
                name="possibledouble_not_same_says_who",
                condition=~Q(state="not_same") | (Q(decided_by__isnull=False) & ~Q(finding="")),
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-id"], name="possibledouble_by_state"),  # the tabs of the list, its number
        ]

    def __str__(self) -> str:
        return f"{self.first} · {self.second}"

    def dismiss(self, *, by: User, reason: str, now: datetime) -> None:
        """Remember that `by` found them not to be the same. Raises StepRefused (409) if it was decided."""
        move(self, DoubleState.NOT_SAME, field="state", reason=reason, **_decision(by, reason, now))

    def ask_again(self, *, reason: str) -> None:
        """Offer the pair again."""
        move(self, DoubleState.OPEN, field="state", reason=reason, **_decision(None, "", None))

    def forget(self) -> None:
        """Offer it no longer: the two are not alike any more."""
        move(self, DoubleState.GONE, field="state", reason="no longer alike")

    def join(self, *, by: User, reason: str, now: datetime) -> None:
        """Note that the two were merged."""
        move(self, DoubleState.MERGED, field="state", reason=reason, **_decision(by, reason, now))


def _decision(by: User | None, finding: str, at: datetime | None) -> dict[str, Any]:
    return {"decided_by": by, "decided_at": at, "finding": finding[:500]}
