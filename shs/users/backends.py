"""Login by e-mail and password, and password hashing."""

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db.models import Model
from django.utils import timezone

from shs.core.caller import Caller
from shs.core.context import remembered
from shs.core.gate import hashing
from shs.core.queries import KeptUpdate
from shs.core.types import clean_email
from shs.users import guesses
from shs.users.models import User
from shs.users.requests import UserRequest
from shs.users.seeding import may_log_in
from shs.users.session_store import read_with_session

LAST_LOGIN = KeptUpdate(User, "last_login")
"""Without a history: a login changes nothing about the person."""


class EmailBackend(ModelBackend):
    """Authenticates by e-mail address and password; raises Paused (429) after too many wrong ones. Permissions come
    from the grant table's backend only."""

    def authenticate(
        self, request: UserRequest, username: str | None = None, password: str | None = None, **kwargs: object
    ) -> User | None:
        if not username or password is None:
            return None
        email, found = clean_email(username), super().authenticate
        return guesses.guess(email, lambda: found(request, username=email, password=password), timezone.now())

    def user_can_authenticate(self, user: User | None) -> bool:
        """Active accounts of people who live; those of the demo, whose password everybody can read, only where they are
        allowed."""
        return user is not None and super().user_can_authenticate(user) and not user.is_dead and may_log_in(user)

    def get_user(self, user_id: int) -> User | None:
        """The user of a session, whom a page has read together with it."""
        found = remembered(read_with_session(user_id))
        if not isinstance(found, User):
            return super().get_user(user_id)
        return found if self.user_can_authenticate(found) else None

    def has_perm(self, user_obj: Caller, perm: str, obj: Model | None = None) -> bool:
        return False

    def has_module_perms(self, user_obj: Caller, app_label: str) -> bool:
        return False

    def get_all_permissions(self, user_obj: Caller, obj: Model | None = None) -> set[str]:
        return set()


class Argon2(Argon2PasswordHasher):
    """Argon2id with OWASP's parameters (Password Storage Cheat Sheet, 2023): 19 MiB, two passes, one lane. Raises
    Unavailable (503) while too many wait for a hash."""

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        with hashing.passed():
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with hashing.passed():
            return super().verify(password, encoded)


def note_login(sender: object, user: User, **kwargs: object) -> None:
    """Store the time of a user's last login, and forget the wrong guesses before it."""
    user.last_login = timezone.now()
    LAST_LOGIN.store(user)
    guesses.note_right(guesses.guesser(user.login_name))
