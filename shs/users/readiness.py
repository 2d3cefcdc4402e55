"""Warnings about identity numbers for `/readyz` and the System page."""

from django.conf import settings
from django.utils.translation import gettext as _

from shs.core.health import readiness_warning
from shs.core.labels import Label
from shs.users import identity


@readiness_warning("identity_keys")
def identity_keys() -> Label | None:
    """No identity number can be stored, or some can no longer be read."""
    if not settings.IDENTITY_KEYS:
        return _("IDENTITY_KEYS is not set: identity numbers can neither be stored nor read.")
    if identity.are_unreadable():
        return _("IDENTITY_KEYS lacks a key: some identity numbers cannot be read. Put it back after the present one.")
    return None
