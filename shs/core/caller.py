"""Who asks: what the core needs to know of a user, without knowing the app that keeps them."""

from collections.abc import Set as AbstractSet
from typing import Protocol

from django.db.models import Model
from django.http import HttpRequest


class Caller(Protocol):
    """Who makes a request: a user of any role, or Django's AnonymousUser, who holds no right."""

    @property
    def pk(self) -> int | None: ...

    @property
    def is_authenticated(self) -> bool: ...

    @property
    def is_active(self) -> bool: ...

    def has_perm(self, perm: str, obj: Model | None = None, /) -> bool: ...


class Member(Caller, Protocol):
    """Somebody with an account: the caller of a function that is only asked for who is logged in."""

    email: str
    language: str
    token_version: int

    @property
    def pk(self) -> int: ...

    @property
    def roles_held(self) -> AbstractSet[str]:
        """The role and every duty, by the names that a grant table uses."""

    @property
    def uses_api(self) -> bool:
        """Whether this kind of account works with the patient app."""

    def get_short_name(self) -> str: ...

    def speak(self, language: str) -> None:
        """Write to this person in `language` from now on, and show pages in it."""


class MemberRequest(HttpRequest):
    """A request of somebody who is logged in, as all pages of the admin but the login get it."""

    user: Member  # type: ignore[assignment]  # narrower than Django's, which may be anonymous
