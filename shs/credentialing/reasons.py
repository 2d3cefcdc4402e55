"""The usual message to the doctor for each reason."""

from django.utils.translation import gettext_lazy as _

from shs.core.labels import Label
from shs.doctors.models import Reason

TEXTS: dict[str, Label] = {
    Reason.NOT_FOUND: _(
        "We did not find licence number %(licence)s in the register. Please check the number in your profile, and send "
        "a photograph of your present certificate."
    ),
    Reason.EXPIRED: _(
        "The licence %(licence)s has expired. Please renew it with the council, and send the new certificate and the "
        "day until which it is valid."
    ),
    Reason.NAME_MISMATCH: _(
        "The name in your profile is not the one that the register or your identity card gives for licence %(licence)s."
        " Please correct it, or send a document that shows the change of name."
    ),
    Reason.ILLEGIBLE: _(
        "We could not read one of your documents. Please send a sharp photograph or scan of the whole page."
    ),
    Reason.INCOMPLETE: _(
        "A document is missing. We need your licence certificate, your degree and your identity card; please send what "
        "is not there yet."
    ),
    Reason.SANCTION: _(
        "The council reports a disciplinary measure against licence %(licence)s. While it applies, you cannot see "
        "patients here. Please write to us if you think that this is a mistake."
    ),
    Reason.DUPLICATE: _(
        "There is already an account for licence %(licence)s or for the same person. Please log in there, or write to "
        "us if it is not yours."
    ),
}
"""Reason → message to the doctor, unless the reviewer writes another."""


def text_for(code: str, license_number: str) -> str:
    """The usual message for a reason; empty if there is none."""
    return str(TEXTS[code]) % {"licence": license_number} if code in TEXTS else ""
