"""The second factor of admin users: a code from an authenticator app, or a backup code. `User.second_factor_at` tells
that a user has one, and the session stores which one it has passed; so pages need no query for it, and no session has
passed a factor that was renewed or removed. Backup codes are stored in django-otp's static tokens, not as plain text
but as a keyed hash: a copy of the database reveals none. With 49 random bits each and a secret key, a slow hash would
add no protection."""

import secrets
from base64 import b32encode
from datetime import datetime, timedelta
from typing import NamedTuple

import segno
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice
from django_otp.util import random_hex

from shs.core.errors import StepRefused
from shs.users import guesses
from shs.users.errors import WrongCode
from shs.users.models import AppSession, User
from shs.users.passwords import require_current

BACKUP_CODES = 10
BACKUP_CODE_LENGTH = 10
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Letters and digits that are not easily confused."""

APP, BACKUP = "app", "backup"
HELD, PASSED, KEY = "second_factor_held", "second_factor_passed", "second_factor_key"
"""Session keys: the user who has given the password but not the code yet, the factor that was passed, and the key that
is offered for a new factor."""

HELD_SECONDS = 600
"""The time between password and code."""


# --- What a session has shown ---------------------------------------------------------------------------------------


def is_required(user: User) -> bool:
    """Whether `user` needs a second factor to enter the admin."""
    return user.has_second_factor or settings.STAFF_SECOND_FACTOR == "required"


def has_passed(session: SessionBase, user: User) -> bool:
    """Whether this session of `user` has passed the present second factor, or needs none."""
    if not is_required(user):
        return True
    return user.has_second_factor and constant_time_compare(session.get(PASSED, ""), _mark(user))


def pass_session(session: SessionBase, user: User) -> None:
    """Store in the session that `user` has passed the second factor."""
    session[PASSED] = _mark(user)
    session.pop(HELD, None)
    session.pop(KEY, None)


def hold(session: SessionBase, user: User, now: datetime) -> None:
    """Remember the user whose password was correct and whose code is still needed; nobody is logged in yet."""
    session.cycle_key()
    session[HELD] = {"user": user.pk, "hash": user.get_session_auth_hash(), "at": now.timestamp()}


def held(session: SessionBase, now: datetime) -> User | None:
    """The user whose code is still needed; None after HELD_SECONDS, or if the account has changed since."""
    note = session.get(HELD)
    if not note or not 0 <= now.timestamp() - note["at"] <= HELD_SECONDS:
        return None
    user = User.objects.filter(pk=note["user"], is_active=True).first()
    if user is None or not user.logs_in_here:
        return None
    present = (user.get_session_auth_hash(), *user.get_session_auth_fallback_hash())
    return user if any(constant_time_compare(note["hash"], found) for found in present) else None


def _mark(user: User) -> str:
    """Identifies a second factor by the instant at which it was set up."""
    since = user.second_factor_at.timestamp() if user.second_factor_at else 0
    return f"{user.pk}:{since:.6f}"


# --- Setting one up --------------------------------------------------------------------------------------------------


class Offer:
    """A new key for the user's authenticator app, as a QR code and as text. Each session has its own key, so that a key
    seen in another session is of no use."""

    def __init__(self, session: SessionBase, user: User) -> None:
        self.key: str = session.setdefault(KEY, random_hex(20))
        self.device = TOTPDevice(user=user, key=self.key)

    @property
    def picture(self) -> str:
        """The QR code as a data URL."""
        return segno.make(self.device.config_url, error="m").svg_data_uri(scale=5, dark="#000", light="#fff", border=3)

    @property
    def letters(self) -> str:
        """The key in base32, in groups of four letters."""
        text = b32encode(self.device.bin_key).decode()
        return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def enrol(*, user: User, key: str, code: str, now: datetime) -> list[str]:
    """Set up an authenticator app with `key`, which `code` proves; returns the backup codes, to be shown once. Raises
    WrongCode (422), and StepRefused (409) if the user has a second factor already."""
    with transaction.atomic():
        person = _locked(user)
        if person.has_second_factor:
            raise StepRefused(_("Your second factor is already set up."))
        _drop_devices(person)
        device = TOTPDevice.objects.create(user=person, name=APP, key=key)
        if not device.verify_token(_plain(code)):
            raise WrongCode(
                _("The code does not match. Wait for the next code in your app and enter that one."), field="code"
            )
        person.set_second_factor(now, reason="second factor set up")
        return _write_codes(person)


OFFER_MINUTES = 10
"""For so long after a login by an app its password counts for setting up a second factor."""


def offer(*, user: User, current_password: str, now: datetime) -> "Offered":
    """A new key for an authenticator app, kept for the session of the token with which `user` calls. Raises StepRefused
    (409) if there is a second factor already, and Invalid (422) without the password in a session that began more than
    OFFER_MINUTES ago: whoever has stolen a token shall not lock its owner out."""
    session = AppSession.objects.get(pk=user.app_session_id)
    if current_password or now - session.created_at > timedelta(minutes=OFFER_MINUTES):
        require_current(User.objects.get(pk=user.pk), current_password)
    with transaction.atomic():
        person = _locked(user)
        if person.has_second_factor:
            raise StepRefused(_("Your second factor is already set up."))
        TOTPDevice.objects.filter(user=person, name=_offered(session)).delete()
        device = TOTPDevice.objects.create(user=person, name=_offered(session), key=random_hex(20), confirmed=False)
    return Offered(b32encode(device.bin_key).decode(), device.config_url)


def enrol_by_app(*, user: User, code: str, now: datetime) -> list[str]:
    """Set up the key that was offered to this session, which has passed the second factor from now on; others of the
    account have not. Returns the backup codes, to be shown once. Raises as `enrol`, and StepRefused (409) without an
    offer."""
    session = AppSession.objects.get(pk=user.app_session_id)
    device = TOTPDevice.objects.filter(user=user, name=_offered(session), confirmed=False).first()
    if device is None:
        raise StepRefused(_("Ask for a key first."))
    with transaction.atomic():
        codes = enrol(user=user, key=device.key, code=code, now=now)
        AppSession.objects.filter(pk=session.pk).update(second_factor_at=now)
    return codes


class Offered(NamedTuple):
    """A key for an authenticator app: in base32, and as the address that its QR code holds."""

    key: str
    url: str


def _offered(session: AppSession) -> str:
    return f"offer {session.pk.hex}"


def renew_codes(*, user: User) -> list[str]:
    """Replace the backup codes; returns the new ones, to be shown once."""
    with transaction.atomic():
        return _write_codes(_locked(user))


def codes_left(user: User) -> int:
    """The number of unused backup codes."""
    return int(StaticToken.objects.filter(device__user=user).count())


def remove(*, user: User, reason: str) -> None:
    """Remove the second factor of `user`."""
    with transaction.atomic():
        person = _locked(user)
        if not person.has_second_factor:
            raise StepRefused(_("No second factor is set up."))
        _drop_devices(person)
        person.set_second_factor(None, reason=reason)


def remove_own(*, user: User, current_password: str, code: str, now: datetime) -> None:
    """Remove one's own second factor, with the password and a code. Raises as `require_current` and `check`."""
    require_current(User.objects.get(pk=user.pk), current_password)
    check(user=user, code=code, now=now)
    remove(user=user, reason="second factor removed by the user")


def _write_codes(user: User) -> list[str]:
    StaticDevice.objects.filter(user=user).delete()
    device = StaticDevice.objects.create(user=user, name=BACKUP)
    codes = ["".join(secrets.choice(ALPHABET) for _place in range(BACKUP_CODE_LENGTH)) for _code in range(BACKUP_CODES)]
    for code in codes:
        device.token_set.create(token=_keyed(user, code))
    half = BACKUP_CODE_LENGTH // 2
    return [f"{code[:half]}-{code[half:]}" for code in codes]


def _drop_devices(user: User) -> None:
    TOTPDevice.objects.filter(user=user).delete()
    StaticDevice.objects.filter(user=user).delete()


def _locked(user: User) -> User:
    return User.objects.select_for_update(of=("self",)).get(pk=user.pk)


# --- Asking for a code -----------------------------------------------------------------------------------------------


def check(*, user: User, code: str, now: datetime) -> str:
    """Accept `code` and use it up; returns APP or BACKUP. Raises WrongCode (422), and Paused (429) during a pause: a
    wrong code counts like a wrong password."""
    who = guesses.guesser(user.login_name)
    guesses.require_open(who, now)
    text = _plain(code)
    kind = APP if len(text) == 6 and text.isascii() and text.isdigit() else BACKUP
    # The refusal is raised outside of the transaction, because its counter must be stored.
    with transaction.atomic():
        person = _locked(user)
        device = (TOTPDevice if kind == APP else StaticDevice).objects.filter(user=person, confirmed=True).first()
        is_right = bool(device and device.verify_token(text if kind == APP else _stored(person, text)))
    if is_right:
        return kind
    guesses.note_wrong(who, now)
    raise WrongCode(
        _("The code is incorrect or has already been used. Enter the code that your app shows now, or a backup code."),
        field="code",
    )


def _plain(code: str) -> str:
    """Normalise a code: people type spaces and dashes."""
    return code.replace(" ", "").replace("-", "").lower()


def _stored(user: User, code: str) -> str:
    """The hash by which `code` is stored, with the present key or one from before a rotation; with the present key if
    it is not stored at all."""
    former = [_keyed(user, code, key) for key in settings.SECRET_KEY_FALLBACKS]
    found = StaticDevice.objects.filter(user=user, token_set__token__in=former).values_list("token_set__token").first()
    return found[0] if found else _keyed(user, code)


def _keyed(user: User, code: str, key: str | None = None) -> str:
    """The stored hash of a backup code: 80 bits, as many as the column holds."""
    digest = salted_hmac("shs.users.backup_code", f"{user.pk}:{code}", secret=key, algorithm="sha256").digest()
    return b32encode(digest[:10]).decode().lower()
