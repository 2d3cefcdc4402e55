"""How passwords are compared."""

from typing import TYPE_CHECKING
from unicodedata import normalize

from django.contrib.auth.base_user import AbstractBaseUser

if TYPE_CHECKING:
    Base = AbstractBaseUser
else:
    Base = object


class ComposedPassword(Base):
    """Mixin for the user: passwords in Unicode's composed form (NFC), because keyboards differ in how they write the
    same letters."""

    def set_password(self, raw_password: str | None) -> None:
        """Store a password."""
        super().set_password(None if raw_password is None else normalize("NFC", raw_password))

    def check_password(self, raw_password: str) -> bool:
        """Whether this is the password, also one that was stored as it was typed."""
        composed = normalize("NFC", raw_password)
        if super().check_password(composed):
            return True
        return composed != raw_password and super().check_password(raw_password)
