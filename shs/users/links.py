"""The links in mails: to pages of this project, each with a token that works for one purpose."""

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core import signing
from django.urls import reverse
from django.utils.encoding import force_str
from django.utils.http import urlencode, urlsafe_base64_decode, urlsafe_base64_encode

from shs.core.types import MAX_ID
from shs.notices.kinds import Kind
from shs.notices.letters import secret_of
from shs.notices.models import Notice
from shs.users.models import AddressChange, User


class VerificationToken(PasswordResetTokenGenerator):
    """Tokens to confirm an address. Each works once, because its hash contains a value that confirming changes."""

    key_salt = "shs.users.verification"

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        return f"{super()._make_hash_value(user, timestamp)}{user.is_verified}"


class PractisingToken(PasswordResetTokenGenerator):
    """Tokens by which an owner agrees that their account becomes a doctor's. Each works once, because its hash contains
    the role, and not after a new password or address; a login in the meantime does not end it."""

    key_salt = "shs.users.practising"

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        return f"{user.pk}{user.password}{user.email}{user.role}{timestamp}"


reset_token = PasswordResetTokenGenerator()
verification_token = VerificationToken()
practising_token = PractisingToken()

CONFIRM, UNDO = "shs.users.address.confirm", "shs.users.address.undo"
"""What a token of a change of address is for: a token for the one does not do the other."""


def page_url(name: str, **query: str) -> str:
    """The full URL of the page `name` of this project."""
    return f"{settings.SITE_URL}{reverse(name)}{'?' if query else ''}{urlencode(query)}"


def user_url(name: str, user: User, token: str) -> str:
    """The full URL of a page with a token for `user`."""
    return page_url(name, uid=urlsafe_base64_encode(str(user.pk).encode()), token=token)


def user_of(uid: str) -> User | None:
    """The user whom the `uid` of such a URL names."""
    try:
        pk = force_str(urlsafe_base64_decode(uid))
    except (ValueError, UnicodeDecodeError):
        return None
    return User.objects.filter(pk=pk).first() if pk.isascii() and pk.isdigit() and int(pk) <= MAX_ID else None


def change_token(pk: int, purpose: str) -> str:
    """A token that confirms or undoes a change of address."""
    return signing.dumps(pk, salt=purpose)


def change_of(token: str, purpose: str) -> AddressChange | None:
    """The change of address that a token of this purpose names; whether it still works is the change's to say."""
    try:
        pk = signing.loads(token, salt=purpose)
    except (signing.BadSignature, ValueError):
        return None
    return AddressChange.objects.select_related("user").filter(pk=pk).first()


@secret_of(Kind.VERIFY_EMAIL)
def _verification_link(told: Notice) -> dict[str, str]:
    return {"url": user_url("account_confirm", told.user, verification_token.make_token(told.user))}


@secret_of(Kind.RESET_PASSWORD)
def _reset_link(told: Notice) -> dict[str, str]:
    return {"url": user_url("account_password", told.user, reset_token.make_token(told.user))}


@secret_of(Kind.ACCOUNT_TOUCHED)
def _agreement_link(told: Notice) -> dict[str, str]:
    """Only in the mail that asks whether the account shall be a doctor's."""
    if told.address or told.data.get("what") != "asked":
        return {}
    return {"url": user_url("account_practise", told.user, practising_token.make_token(told.user))}


@secret_of(Kind.CONFIRM_ADDRESS)
def _change_link(told: Notice) -> dict[str, str]:
    return {"url": page_url("account_address", token=change_token(told.data["change"], CONFIRM))}


@secret_of(Kind.ADDRESS_CHANGED)
def _undo_link(told: Notice) -> dict[str, str]:
    """Only a copy to a former address can undo it: the account's own address is the new one."""
    if not told.address or not told.data.get("can_undo"):
        return {}
    return {"url": page_url("account_undo", token=change_token(told.data["change"], UNDO))}
