"""Logins: sessions of apps with their refresh tokens, and browser sessions of the admin."""

import uuid
from datetime import datetime
from typing import NamedTuple, Self

from django.contrib.sessions.models import Session
from django.db import models
from django.utils.translation import gettext_lazy as _

from shs.core.dates import show_datetime
from shs.core.records.crud import NoPages
from shs.core.records.privacy import Administrative
from shs.users.models.user import User


class AppSessionQuerySet(models.QuerySet["AppSession"]):
    """Logins of apps."""

    def live(self) -> Self:
        """Sessions that nobody has ended; their expiry is not checked."""
        return self.filter(ended_at__isnull=True)


class AppSession(models.Model):
    """One login of an app by the API. Its access and refresh tokens name it, and are worth nothing once it has ended.
    `second_factor_at` tells which second factor it has passed: the one that was set up then; None: none."""

    privacy = Administrative(because="logins")
    crud = NoPages("on the page of the account, which ends it")
    no_history = "ends by itself"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="app_sessions")
    created_at = models.DateTimeField(_("since"))
    seen_at = models.DateTimeField(_("last used"))
    expires_at = models.DateTimeField(db_index=True)
    ended_at = models.DateTimeField(null=True)
    second_factor_at = models.DateTimeField(null=True)
    address = models.CharField(_("from"), max_length=45, blank=True)
    user_agent = models.CharField(max_length=200, blank=True)

    objects = AppSessionQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.user_id} · {show_datetime(self.created_at)}"

    def end(self, now: datetime) -> None:
        """End it: its tokens are refused from now on."""
        self.ended_at = now
        self.save(update_fields=["ended_at"])


class RefreshTokenQuerySet(models.QuerySet["RefreshToken"]):
    """Refresh tokens."""

    def live(self) -> Self:
        """Tokens of sessions that have not ended, neither used nor replaced; their expiry is not checked."""
        return self.filter(used_at__isnull=True, replaced_at__isnull=True, session__ended_at__isnull=True)


class RefreshToken(models.Model):
    """One refresh token. Its use issues its `successor`; `user_agent` and `address` are of the client to which it was
    issued. A token that was replaced before anybody used it is worth nothing."""

    privacy = Administrative(because="logins")
    crud = NoPages("ends with its session")
    no_history = "the session that it belongs to ends with it"

    jti = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(AppSession, models.CASCADE, related_name="tokens")
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    replaced_at = models.DateTimeField(null=True)
    successor = models.OneToOneField("self", models.SET_NULL, null=True, related_name="predecessor")
    expires_at = models.DateTimeField(db_index=True)
    address = models.CharField(max_length=45, blank=True)
    user_agent = models.CharField(max_length=200, blank=True)

    objects = RefreshTokenQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.jti)

    def is_of(self, client: "Client") -> bool:
        """Whether it was issued to this client."""
        return (self.user_agent, self.address) == client


class Client(NamedTuple):
    """What sends a request: its User-Agent (at most 200 characters), and its address (45)."""

    user_agent: str = ""
    address: str = ""


class OfficeSession(models.Model):
    """One login to the admin, because Django's sessions do not tell whose they are. It is deleted with its session."""

    privacy = Administrative(because="logins")
    crud = NoPages("on the page of the account, which ends it")
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
