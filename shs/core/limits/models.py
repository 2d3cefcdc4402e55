"""Counts of requests."""

from django.db import models

from shs.core.records.crud import NoPages
from shs.core.records.privacy import Administrative


class LimitCount(models.Model):
    """How often `key` (an account, an internet address, or a known device) has done `name` in one hour, counted from
    1970. In the database, so that all processes count together and a restart forgets nothing."""

    privacy = Administrative(because="counts, without what was sent")
    crud = NoPages("counts of an hour")
    no_history = "counts, which are deleted after their hour"

    name = models.CharField(max_length=20)
    key = models.CharField(max_length=50)
    hour = models.PositiveIntegerField(db_index=True)
    count = models.PositiveIntegerField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["name", "key", "hour"], name="limitcount_once")]

    def __str__(self) -> str:
        return f"{self.name} {self.key}"
