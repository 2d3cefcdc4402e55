"""Emergency access to a chart."""

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Length
from django.db.models.lookups import GreaterThanOrEqual
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from shs.core.caller import Caller
from shs.core.records.constraints import known
from shs.core.records.crud import By, Crud, Never
from shs.core.records.models import Record, RecordQuerySet
from shs.core.records.privacy import Administrative
from shs.core.records.transitions import move
from shs.users.models import User


class Review(models.TextChoices):
    """The auditor's finding about an emergency access."""

    WAITING = "waiting", _("To review")
    JUSTIFIED = "justified", _("Justified")
    OBJECTED = "objected", _("Not justified")


class BreakGlassQuerySet(RecordQuerySet["BreakGlass"]):
    """Emergency accesses."""

    def to_chart_of(self, user: Caller) -> Self:
        """Emergency accesses to the chart of `user`."""
        return self.filter(patient=user.pk)


class BreakGlass(Record):
    """One emergency access of a doctor to the chart of a patient not in their care: read-only, for `MINUTES`. The
    right itself is an object grant with an end; an auditor reviews this row before the doctor can use emergency
    access again."""

    privacy = Administrative(
        because="who opened which chart and why, and nothing of the chart", texts=("reason", "finding")
    )
    crud = Crud(change=By("review"), remove=Never("kept as the proof of an emergency access"))

    MINUTES = 60
    LEAST_REASON = 20
    Review = Review
    STEPS = {Review.WAITING: {Review.JUSTIFIED, Review.OBJECTED}}

    doctor = models.ForeignKey("users.User", models.PROTECT, related_name="glass_broken", verbose_name=_("doctor"))
    patient = models.ForeignKey("users.User", models.PROTECT, related_name="+", verbose_name=_("patient"))
    reason = models.CharField(_("reason"), max_length=500)
    opened_at = models.DateTimeField(_("opened"))
    ends_at = models.DateTimeField(_("until"))
    status = models.CharField(pgettext_lazy("check", "review"), max_length=10, choices=Review, default=Review.WAITING)
    finding = models.CharField(_("the auditor's finding"), max_length=500, blank=True)
    reviewed_by = models.ForeignKey(
        "users.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("reviewed by")
    )
    reviewed_at = models.DateTimeField(_("reviewed"), null=True, blank=True)

    locked_fields = ("doctor", "patient", "opened_at", "ends_at", "status", "finding", "reviewed_by", "reviewed_at")

    objects = BreakGlassQuerySet.as_manager()

    class Meta:
        verbose_name = _("emergency access")
        verbose_name_plural = _("emergency accesses")
        ordering = ["-opened_at", "-pk"]
        permissions = [("review_breakglass", "Can review emergency access")]
        constraints = [
            known("status", Review),
            models.CheckConstraint(name="breakglass_ends_after_start", condition=Q(ends_at__gt=F("opened_at"))),
            models.CheckConstraint(
                name="breakglass_reasoned", condition=GreaterThanOrEqual(Length("reason"), Value(20))
            ),
            models.CheckConstraint(
                name="breakglass_reviewed_by_somebody",
                condition=Q(status="waiting", reviewed_by__isnull=True, reviewed_at__isnull=True)
                | (~Q(status="waiting") & Q(reviewed_by__isnull=False, reviewed_at__isnull=False)),
            ),
            models.CheckConstraint(name="breakglass_of_another", condition=~Q(doctor=F("patient"))),
            models.UniqueConstraint(
                fields=["doctor"],
                condition=Q(status="waiting"),
                name="breakglass_once_before_its_review",
                violation_error_code="review_pending",
                violation_error_message=_("Your last emergency access has not been reviewed yet."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.doctor} → {self.patient}"

    @staticmethod
    def waiting() -> Q:
        """Emergency accesses that no auditor has reviewed yet."""
        return Q(status=Review.WAITING)

    @classmethod
    def end_of(cls, opened_at: datetime) -> datetime:
        """The end of an access opened at `opened_at`."""
        return opened_at + timedelta(minutes=cls.MINUTES)

    def review(self, outcome: str, *, finding: str, by: User, now: datetime) -> None:
        """Store the auditor's review; the doctor may use emergency access again."""
        move(self, outcome, reason=finding, finding=finding, reviewed_by=by, reviewed_at=now)
