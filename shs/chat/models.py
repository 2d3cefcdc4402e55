"""Questions to the assistant and its answers."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from shs.core.dates import show_datetime
from shs.core.records.constraints import known
from shs.core.records.crud import NoPages
from shs.core.records.models import RecordQuerySet
from shs.core.records.privacy import Clinical
from shs.predict.models import Counts, counted


class ChatQuerySet(RecordQuerySet["ChatMessage"]):
    """Questions and answers."""

    def counts(self, now: datetime) -> list[Counts]:
        """For each provider in the last 24 hours: the numbers `asked`, `failed`, `unsure` and `urgent`; `latency_ms`
        and `slow_ms` are the median and the 95th percentile of the answered ones (None if there are none)."""
        status = ChatMessage.Status
        rows = self.filter(created_at__gt=now - timedelta(days=1), created_at__lte=now).values_list(
            "provider", "status", "urgent", "latency_ms"
        )
        return counted(
            (provider, state == status.FAILED, state == status.UNSURE, urgent, latency)
            for provider, state, urgent, latency in rows.order_by()
        )

    def failures(self, now: datetime) -> list[tuple[str, int]]:
        """The error codes of the last 24 hours with their numbers, most frequent first."""
        rows = self.filter(status=ChatMessage.Status.FAILED, created_at__gt=now - timedelta(days=1))
        return list(rows.order_by().values_list("error_code").annotate(n=Count("pk")).order_by("-n", "error_code"))


WITHDRAWN = _("A moderator has withdrawn this answer.")


class AnswerStatus(models.TextChoices):
    ANSWERED = "answered", _("Answered")
    UNSURE = "unsure", _("No answer found")
    FAILED = "failed", _("Failed")


class ChatMessage(models.Model):
    """One question and its answer. Not a Record, because a history would keep what its writer deletes. `sources` is a
    list of {"title", "url"}; `rules` the slugs of matching red flags; `latency_ms` in milliseconds. `withdrawn_because`
    is the reason if a moderator has withdrawn the answer."""

    privacy = Clinical(patient="user")
    crud = NoPages("private to whoever asked, who can delete it in the app; only counts are shown")
    no_history = "written once; its owner deletes it for good"

    Status = AnswerStatus

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="chat_messages")
    created_at = models.DateTimeField(_("when"))
    message = models.TextField(_("question"), max_length=4000)
    answer = models.TextField(_("answer"), blank=True)
    sources = models.JSONField(_("sources"), default=list)
    status = models.CharField(_("status"), max_length=8, choices=Status)
    error_code = models.CharField(_("error"), max_length=40, blank=True)
    provider = models.CharField(_("provider"), max_length=40)
    version = models.CharField(_("version"), max_length=60, blank=True)
    latency_ms = models.PositiveIntegerField(_("milliseconds"))
    urgent = models.BooleanField(_("urgent"), default=False)
    rules = models.JSONField(_("red flags"), default=list)
    withdrawn_because = models.CharField(_("reason for withdrawal"), max_length=500, blank=True)

    objects = ChatQuerySet.as_manager()

    class Meta:
        verbose_name = _("question to the assistant")
        verbose_name_plural = _("questions to the assistant")
        default_permissions = ("view", "delete")
        permissions = [
            ("ask_chatmessage", "Can ask the assistant"),
            ("count_chatmessage", "Can see usage and failures of the assistant"),
        ]
        constraints = [
            known("status", AnswerStatus),
            models.CheckConstraint(
                name="chatmessage_failed_says_why",
                condition=(Q(status="failed") & ~Q(error_code="")) | (~Q(status="failed") & Q(error_code="")),
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-created_at", "-id"], name="chatmessage_by_user"),  # the user's history
            models.Index(fields=["-created_at"], name="chatmessage_by_time"),  # the counts of a day
        ]

    def __str__(self) -> str:
        return f"{show_datetime(self.created_at)} {self.get_status_display()}"

    @property
    def is_hidden(self) -> bool:
        """Whether a moderator has withdrawn the answer."""
        return bool(self.withdrawn_because)

    def withdraw(self, *, reason: str) -> None:
        """Hide the answer from everyone."""
        self.withdrawn_because = reason
        self.save(update_fields=["withdrawn_because"])

    def restore(self) -> None:
        """Show a withdrawn answer again."""
        self.withdrawn_because = ""
        self.save(update_fields=["withdrawn_because"])
