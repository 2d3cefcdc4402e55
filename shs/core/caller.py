"""What core needs to know of a user, without importing the users app."""

from collections.abc import Set as AbstractSet
from typing import Protocol

from django.db.models import Model
from django.http import HttpRequest


class Caller(Protocol):
    """The user of a request: of any role, or Django's AnonymousUser, who holds no right."""

    @property
    def pk(self) -> int | None: ...

    @property
    def is_authenticated(self) -> bool: ...

    @property
    def is_active(self) -> bool: ...

    def has_perm(self, perm: str, obj: Model | None = None, /) -> bool: ...


class Member(Caller, Protocol):
    """A caller with an account, for functions that are only called for logged-in users."""

    email: str | None
    language: str
    token_version: int

    @property
    def pk(self) -> int: ...

    @property
    def roles_held(self) -> AbstractSet[str]:
        """The role and duties by the names that the grant table uses."""

    @property
    def uses_back_office(self) -> bool:
        """Whether this account may enter the admin."""

    @property
    def logs_in_here(self) -> bool:
        """Whether this account logs in on the admin's login page."""

    @property
    def uses_api(self) -> bool:
        """Whether this account may use the patient API."""

    @property
    def is_confirmed(self) -> bool:
        """Whether the owner of this account has confirmed an address of theirs."""

    def require_factor(self) -> None:
        """Refuse a session that has not passed the second factor which its account has or must have."""

    def require_confirmed(self) -> None:
        """Refuse (403) whoever has not confirmed an address: it may be somebody else's."""

    @property
    def is_demo(self) -> bool:
        """Whether this is a made-up person, to whom nothing is sent."""

    @property
    def is_dead(self) -> bool:
        """Whether the person has died: nothing is sent to them."""

    def get_short_name(self) -> str: ...

    def get_full_name(self) -> str: ...

    def speak(self, language: str) -> None:
        """Set the language of pages and notices."""


class MemberRequest(HttpRequest):
    """A request with a logged-in user, as all admin pages except the login get it."""

    user: Member  # type: ignore[assignment]  # narrower than Django's, which may be anonymous
