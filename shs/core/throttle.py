"""Limits how often one person may call expensive functions."""

from datetime import datetime

from django.core.cache import cache
from django.db import models, transaction
from django.utils.translation import gettext as _

from shs.core.errors import TooMany

HOUR_SECONDS = 3600


def count_call(name: str, user: models.Model, *, per_hour: int, now: datetime) -> None:
    """Count one call of `name` by `user`. Raises TooMany (429) after `per_hour` calls, with the seconds until the next
    full hour."""
    hour, passed = divmod(int(now.timestamp()), HOUR_SECONDS)
    key, left = f"throttle:{name}:{user.pk}:{hour}", HOUR_SECONDS - passed
    with transaction.atomic():
        # The database cache reads and writes in two steps, so simultaneous calls would be counted once.
        type(user)._base_manager.select_for_update(of=("self",)).values_list("pk").get(pk=user.pk)
        calls = cache.get(key, 0) + 1
        if calls > per_hour:
            raise TooMany(
                _("You can send at most %(most)s requests an hour. Please try again later.") % {"most": per_hour},
                retry_after=left,
            )
        cache.set(key, calls, left)
