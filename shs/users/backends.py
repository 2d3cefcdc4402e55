"""Login by e-mail and password, password hashing, and the answer to a locked-out caller."""

from collections.abc import Mapping

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from shs.core.caller import Caller
from shs.core.types import clean_email
from shs.users.models import User
from shs.users.requests import UserRequest


class EmailBackend(ModelBackend):
    """Authenticates by e-mail address and password. Permissions come from the grant table's backend only."""

    def authenticate(
        self, request: UserRequest, username: str | None = None, password: str | None = None, **kwargs: object
    ) -> User | None:
        if not username or password is None:
            return None
        return super().authenticate(request, username=clean_email(username), password=password)

    def has_perm(self, user_obj: Caller, perm: str, obj: Model | None = None) -> bool:
        return False

    def has_module_perms(self, user_obj: Caller, app_label: str) -> bool:
        return False

    def get_all_permissions(self, user_obj: Caller, obj: Model | None = None) -> set[str]:
        return set()


class Argon2(Argon2PasswordHasher):
    """Argon2id with OWASP's parameters (Password Storage Cheat Sheet, 2023): 19 MiB, two passes, one lane."""

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1


def account_of(request: HttpRequest, credentials: Mapping[str, str] | None) -> str:
    """The normalised address of a login attempt, so that another spelling does not bypass the lock-out."""
    named = (credentials or {}).get("username") or request.POST.get("username") or ""
    return clean_email(named)[:255]


def note_login(sender: object, user: User, **kwargs: object) -> None:
    """Store the time of a user's last login."""
    User.objects.without_history("a login changes nothing about the person").filter(pk=user.pk).update(
        last_login=timezone.now()
    )


def locked_out(
    request: HttpRequest, response: HttpResponse | None, credentials: Mapping[str, str] | None
) -> HttpResponse:
    """The admin's page after too many failed logins; the API answers by itself before."""
    if request.path.startswith("/api/"):
        return response or HttpResponse(status=429)
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    answer = render(request, "admin/locked_out.html", {"minutes": minutes}, status=429)
    answer["Retry-After"] = str(minutes * 60)
    return answer
