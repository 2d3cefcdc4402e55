"""Who a user is: names and numbers."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from shs.core.records.transitions import lock, save_with_reason
from shs.core.records.values import NameField, validate_person_name
from shs.users.errors import Unconfirmed
from shs.users.models.account_state import AccountState
from shs.users.numbers import patient_number


class Person(AccountState):
    """Base of the user: names, and the numbers by which a person is known."""

    name = models.CharField(_("name"), max_length=150, validators=[validate_person_name])
    name_bn = models.CharField(_("name in Bangla"), max_length=150, blank=True, validators=[validate_person_name])
    demo_name = NameField(_("demo name"), max_length=20, blank=True, editable=False)

    phone_login_at = models.DateTimeField(_("logs in by phone since"), null=True, blank=True)

    email: "str | None"
    may_be_patient: bool
    is_verified: bool
    listed_phone: str
    """The main phone of a person without an address; set by the list that shows it."""
    apart = ""
    """What tells them from others of the same name; set by the list that shows it."""

    class Meta:
        abstract = True

    @property
    def patient_number(self) -> str:
        """The number by which the person is found, with a check digit: `001-2340`."""
        return patient_number(self.pk)

    @property
    def has_login(self) -> bool:
        """Whether somebody can log in as this person."""
        return self.email is not None or self.phone_login_at is not None

    @property
    def is_confirmed(self) -> bool:
        """Whether the owner has confirmed the e-mail address, or, without one, has proved to be this person by phone:
        until then the account may be somebody else's."""
        return self.is_verified or (self.email is None and self.phone_login_at is not None)

    def require_confirmed(self) -> None:
        """Raises Unconfirmed (403) until the owner has confirmed the e-mail address."""
        if not self.is_confirmed:
            raise Unconfirmed

    @property
    def has_confirmed_address(self) -> bool:
        """Whether mails to this person reach them."""
        return bool(self.email) and self.is_verified

    @property
    def login_name(self) -> str:
        """What wrong guesses and known devices are counted by: the address, or the key of a person without one."""
        return self.email or f"#{self.pk}"

    @property
    def is_demo(self) -> bool:
        """Whether this is a made-up person, to whom nothing is ever sent."""
        return bool(self.demo_name)

    def open_by_phone(self, *, now: datetime, reason: str) -> None:
        """Note that the person has proved by a code to their phone, and what only they know, that the account is
        theirs; the first time is kept."""
        lock(self)
        if self.phone_login_at is None:
            self.phone_login_at = now
            save_with_reason(self, reason)

    def rename(self, name: str, *, reason: str) -> None:
        """Change the name."""
        lock(self)
        self.name = name
        save_with_reason(self, reason)

    def rename_bn(self, name: str, *, reason: str = "name in Bangla changed") -> None:
        """Change the name in Bangla."""
        lock(self)
        if self.name_bn != name:
            self.name_bn = name
            save_with_reason(self, reason)
