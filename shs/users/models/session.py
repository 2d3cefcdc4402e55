"""Logins: refresh tokens of apps, and browser sessions of the admin."""

import uuid
from datetime import datetime
from typing import Self

from django.contrib.sessions.models import Session
from django.db import models
from django.utils.translation import gettext_lazy as _

from shs.core.dates import show_datetime
from shs.core.records.privacy import Administrative
from shs.users.models.user import User


class RefreshTokenQuerySet(models.QuerySet["RefreshToken"]):
    """Refresh tokens."""

    def live(self) -> Self:
        """Tokens that are neither used nor revoked; their expiry is not checked."""
        return self.filter(used_at__isnull=True, revoked_at__isnull=True)


class RefreshToken(models.Model):
    """One refresh token. Each use issues the next one of its `family`; using one a second time revokes the family."""

    privacy = Administrative(because="logins")
    no_history = "the session that it belongs to ends with it"

    jti = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    family = models.UUIDField(default=uuid.uuid4, db_index=True, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="refresh_tokens")
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(db_index=True)
    user_agent = models.CharField(max_length=200, blank=True)

    objects = RefreshTokenQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.family)

    def is_live(self, now: datetime) -> bool:
        """Whether the token may be used at `now`."""
        return self.used_at is None and self.revoked_at is None and self.expires_at > now


class OfficeSession(models.Model):
    """One login to the admin, because Django's sessions do not tell whose they are. It is deleted with its session."""

    privacy = Administrative(because="logins")
    no_history = "ends by itself"

    session = models.OneToOneField(Session, models.CASCADE, related_name="office_session")
    user = models.ForeignKey(User, models.CASCADE, related_name="office_sessions")
    created_at = models.DateTimeField(_("since"))
    seen_at = models.DateTimeField(_("last used"))
    address = models.CharField(_("from"), max_length=45, blank=True)
    user_agent = models.CharField(max_length=200, blank=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.user_id} · {show_datetime(self.created_at)}"
