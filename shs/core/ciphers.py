"""Single values that are stored as ciphertext, such as identity numbers: Fernet (AES-128-CBC with HMAC-SHA-256) of
`cryptography`, with keys of IDENTITY_KEYS. Each ciphertext is stored with the id of its key, so that keys can be
replaced: the first one makes new ciphertexts, the others read old ones until `manage.py rotate_identity_keys`. A value
is found by a digest with the same key, which nobody can compute without it."""

import hmac
from base64 import urlsafe_b64encode
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.translation import gettext as _

from shs.core.errors import StepRefused


class Unreadable(Exception):
    """IDENTITY_KEYS lacks the key of a ciphertext, or holds another one under its id."""


class Sealed(NamedTuple):
    """A ciphertext, the keyed digest of its value (64 hex digits), and the id of the key of both."""

    key: str
    ciphertext: str
    digest: str


def present_key() -> str:
    """The id of the key for new values. Raises StepRefused (409) if there is none."""
    for key in settings.IDENTITY_KEYS:
        return str(key)
    raise StepRefused(_("Identity numbers cannot be stored yet: an admin has to set IDENTITY_KEYS on the server."))


def seal_value(value: str) -> Sealed:
    """`value` under the present key. Raises as `present_key`."""
    key = present_key()
    return Sealed(key, _fernet(settings.IDENTITY_KEYS[key]).encrypt(value.encode()).decode(), _digest(value, key))


def open_value(key: str, ciphertext: str) -> str:
    """The value of a ciphertext. Raises Unreadable."""
    try:
        return _fernet(settings.IDENTITY_KEYS[key]).decrypt(ciphertext.encode()).decode()
    except (KeyError, InvalidToken):
        raise Unreadable(key) from None


def digests_of(value: str) -> list[str]:
    """The digests of `value` under every key, by which rows are found that have not been rotated yet."""
    return [_digest(value, key) for key in settings.IDENTITY_KEYS]


def _digest(value: str, key: str) -> str:
    return hmac.new(_derived(settings.IDENTITY_KEYS[key], b"digest"), value.encode(), sha256).hexdigest()


@lru_cache(maxsize=20)
def _fernet(secret: str) -> Fernet:
    return Fernet(urlsafe_b64encode(_derived(secret, b"encrypt")))


@lru_cache(maxsize=40)
def _derived(secret: str, purpose: bytes) -> bytes:
    # The settings require a long random key, so it needs no slow password hash.
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"shs identity " + purpose).derive(secret.encode())
