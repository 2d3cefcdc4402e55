"""Questions to the symptom checker."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from statistics import median
from typing import TypedDict

from django.conf import settings
from django.db import models
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from shs.core.dates import show_datetime
from shs.core.records.constraints import known
from shs.core.records.crud import Crud, Never
from shs.core.records.models import RecordQuerySet
from shs.core.records.privacy import Clinical


class Counts(TypedDict):
    """How many questions a provider was asked, and how many of them failed, were not known or were urgent;
    `latency_ms` and `slow_ms` are the median and the 95th percentile of those that did not fail (None: all did)."""

    provider: str
    asked: int
    failed: int
    unsure: int
    urgent: int
    latency_ms: float | None
    slow_ms: int | None


class PredictionQuerySet(RecordQuerySet["Prediction"]):
    """Questions: these methods return counts only, never what was asked."""

    def counts(self, now: datetime) -> list[Counts]:
        """As `counted`, for those of the last 24 hours; `unsure`: it abstained."""
        rows = self.filter(created_at__gt=now - timedelta(days=1), created_at__lte=now).values_list(
            "provider", "status", "disease", "urgent", "latency_ms"
        )
        failed = Prediction.Status.FAILED
        return counted(
            (provider, status == failed, status != failed and not disease, urgent, latency)
            for provider, status, disease, urgent, latency in rows.order_by()
        )

    def failures(self, now: datetime) -> list[tuple[str, int]]:
        """The error codes of the last 24 hours, each with its count; the most frequent first."""
        rows = self.filter(status=Prediction.Status.FAILED, created_at__gt=now - timedelta(days=1))
        return list(rows.order_by().values_list("error_code").annotate(n=Count("pk")).order_by("-n", "error_code"))


def counted(calls: Iterable[tuple[str, bool, bool, bool, int]]) -> list[Counts]:
    """For each provider of `calls` (provider, failed, unsure, urgent, milliseconds), in order."""
    found: dict[str, Counts] = {}
    times: dict[str, list[int]] = {}
    for provider, failed, unsure, urgent, latency in calls:
        count = found.setdefault(
            provider, Counts(provider=provider, asked=0, failed=0, unsure=0, urgent=0, latency_ms=None, slow_ms=None)
        )
        count["asked"] += 1
        count["failed"] += failed
        count["unsure"] += unsure
        count["urgent"] += urgent
        times.setdefault(provider, []).extend([] if failed else [latency])
    for provider, count in found.items():
        ordered = sorted(times[provider])
        count["latency_ms"] = median(ordered) if ordered else None
        count["slow_ms"] = ordered[int(len(ordered) * 0.95)] if ordered else None
    return [found[provider] for provider in sorted(found)]


class PredictionStatus(models.TextChoices):
    ANSWERED = "answered", _("Answered")
    FAILED = "failed", _("Failed")


class Prediction(models.Model):
    """One question and its answer. Never changed. Admins can look at those of others, each look is logged; everybody
    else sees counts only."""

    privacy = Clinical(patient="patient")
    crud = Crud(
        add=Never("stored when somebody asks"),
        change=Never("what was asked and answered stays as it was"),
        remove=Never("kept as the proof of what was answered"),
    )
    no_history = "a log, written once"

    Status = PredictionStatus

    created_at = models.DateTimeField(_("when"), db_index=True)
    patient = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="predictions", verbose_name=_("patient")
    )
    symptoms = models.JSONField(_("symptoms as entered"))
    matched = models.JSONField(_("understood"), default=list)
    unmatched = models.JSONField(_("not understood"), default=list)
    status = models.CharField(_("status"), max_length=8, choices=Status)
    error_code = models.CharField(_("error"), max_length=40, blank=True)
    disease = models.CharField(_("condition"), max_length=200, blank=True)
    confidence = models.FloatField(_("confidence"), default=0)
    alternatives = models.JSONField(_("alternatives"), default=list)
    provider = models.CharField(_("provider"), max_length=40)
    version = models.CharField(_("version"), max_length=60, blank=True)
    latency_ms = models.PositiveIntegerField(_("milliseconds"))
    urgent = models.BooleanField(_("urgent"), default=False)
    rules = models.JSONField(_("red flags"), default=list)

    objects = PredictionQuerySet.as_manager()

    class Meta:
        verbose_name = _("prediction")
        verbose_name_plural = _("predictions")
        default_permissions = ("view",)
        permissions = [
            ("export_prediction", "Can export predictions"),
            ("ask_prediction", "Can ask the symptom checker"),
            ("count_prediction", "Can see usage of the symptom checker"),
        ]
        constraints = [
            known("status", PredictionStatus),
            models.CheckConstraint(name="prediction_confidence_range", condition=Q(confidence__range=(0, 1))),
            models.CheckConstraint(
                name="prediction_failed_says_why",
                condition=(Q(status="failed") & ~Q(error_code="")) | Q(status="answered", error_code=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{show_datetime(self.created_at)} {self.get_status_display()}"
