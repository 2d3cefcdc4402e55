"""Refusals of this app."""

from django.utils.translation import gettext_lazy as _

from shs.core.errors import Refused


class LetterSealed(Refused):
    """What was issued cannot be changed; it is cancelled, and a new one is written."""

    code = "letter_sealed"
    title = _("An issued letter cannot be changed")


class SealBroken(Refused):
    """The stored content differs from what was issued, so the database was changed by another program."""

    code = "letter_seal_broken"
    title = _("The content of this letter was changed after issuing")
