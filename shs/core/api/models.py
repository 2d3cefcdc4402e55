"""Stored answers for repeated requests."""

from django.conf import settings
from django.db import models

from shs.core.records.crud import NoPages
from shs.core.records.privacy import Administrative


class KeptAnswer(models.Model):
    """The answer to a request with an Idempotency-Key, given again to the same request for 24 hours."""

    privacy = Administrative(because="kept for a day, and given to the one who asked")
    crud = NoPages("answers to repeated requests, deleted after a day")
    no_history = "deleted after a day"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="keptanswer_once_a_key")]

    def __str__(self) -> str:
        return self.key
