"""Devices with which somebody has logged in."""

from datetime import timedelta

from django.db import models

from shs.core.dates import show_datetime
from shs.core.records.crud import NoPages
from shs.core.records.privacy import Administrative
from shs.users.models.user import User

KEPT_FOR = timedelta(days=365)
"""A device that was not used for so long is forgotten, and is new again."""


class KnownDevice(models.Model):
    """A browser or an app with which `user` has logged in before. `mark` is a keyed hash of what it says of itself."""

    privacy = Administrative(because="logins")
    crud = NoPages("notes a login, and is forgotten a year after the last one")
    no_history = "notes a login, and is forgotten a year after the last one"

    user = models.ForeignKey(User, models.CASCADE, related_name="known_devices")
    mark = models.CharField(max_length=64)
    seen_at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["user", "mark"], name="knowndevice_once")]

    def __str__(self) -> str:
        return f"{self.user_id} · {show_datetime(self.seen_at)}"
