"""The table of Django's database cache."""

from django.db import models


class CacheEntry(models.Model):
    """The table of Django's database cache, made by `migrate` like every other."""

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.cache_key
