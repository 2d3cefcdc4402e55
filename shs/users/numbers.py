"""The patient number of a person: short, said over the phone and printed on cards. It is the account's key with a check
digit by Damm's method, which finds every single wrong digit and every exchange of two neighbours."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from stdnum import damm

from shs.core.digits import latin_digits

LEAST_DIGITS = 6
"""Keys are filled up with zeros to so many digits."""

LAST_KEY = 2**63 - 1


def patient_number(pk: int) -> str:
    """The number of the person with the key `pk`, to be read out in groups: `001-2340` for 1234."""
    digits = f"{pk:0{LEAST_DIGITS}d}"
    digits += damm.calc_check_digit(digits)
    return re.sub(r"(?<=[0-9])(?=(?:[0-9]{3})*[0-9]{4}$)", "-", digits)


def clean_patient_number(text: str) -> int:
    """The key of the person whose number `text` is; digits of any script, spaces and dashes make no difference, nor do
    leading zeros. Raises ValidationError for a number that nobody has."""
    pk = parse_patient_number(text)
    if pk is None:
        raise ValidationError(
            _("This is not a patient number. Check each digit; a patient number looks like %(example)s.") % _EXAMPLE
        )
    return pk


def parse_patient_number(text: str) -> int | None:
    """As `clean_patient_number`; None for what is no patient number, or has a wrong check digit."""
    digits = re.sub(r"[ -]", "", latin_digits(text)) if len(text) <= 100 else ""
    if not re.fullmatch(r"[0-9]{2,40}", digits) or not damm.is_valid(digits):
        return None
    pk = int(digits[:-1])
    return pk if 0 < pk <= LAST_KEY else None


_EXAMPLE = {"example": patient_number(1234)}
