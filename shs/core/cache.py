"""The table of Django's database cache."""

from django.db import models

from shs.core.records.crud import NoPages
from shs.core.records.privacy import Administrative


class CacheEntry(models.Model):
    """The table of Django's database cache, created by `migrate` like every other table."""

    privacy = Administrative(because="a cache, of which no page shows anything")
    crud = NoPages("a cache")
    no_history = "a cache"

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.cache_key
