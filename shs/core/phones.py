"""Phone numbers: read from any spelling, stored as E.164 (ITU-T), shown as people of PHONE_REGION write them."""

import re
import unicodedata

import phonenumbers
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

LONGEST_TEXT = 100
MADE_UP = re.compile(r"\+88010[0-9]{8}")
"""The numbers of made-up people: no operator of Bangladesh has the prefix 010, so nobody can be reached by one."""


def clean_phone(text: str) -> str:
    """The number that `text` means, as E.164 such as `+8801712345678`. Without a country it is one of PHONE_REGION.
    Digits of any script, brackets, dashes, invisible characters and a leading `tel:` make no difference. Raises
    ValidationError with a sentence for people if there is no such number."""
    digits = _dialled(text)
    if digits is None:
        raise _no_number()
    try:
        number = phonenumbers.parse(digits, settings.PHONE_REGION)
    except NumberParseException:
        raise _no_number() from None
    found = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    if not phonenumbers.is_valid_number(number) and not MADE_UP.fullmatch(found):
        raise _no_number()
    return found


def show_phone(e164: str) -> str:
    """A stored number for people: `01712-345678` within PHONE_REGION, else `+44 20 7946 0958`. What is not E.164 is
    returned as it is."""
    try:
        number = phonenumbers.parse(e164)
    except NumberParseException:
        return e164
    is_home = number.country_code == phonenumbers.country_code_for_region(settings.PHONE_REGION)
    return phonenumbers.format_number(
        number, PhoneNumberFormat.NATIONAL if is_home else PhoneNumberFormat.INTERNATIONAL
    )


def mask_phone(e164: str) -> str:
    """The last three digits, by which its owner recognizes it: `••• 678`. Empty for no number."""
    return f"••• {e164[-3:]}" if e164 else ""


def _dialled(text: str) -> str | None:
    """The ASCII digits of `text`, with a leading plus if there is one; None if it holds anything else."""
    if len(text) > LONGEST_TEXT:
        return None
    plain = "".join(_plain(letter) for letter in unicodedata.normalize("NFKC", text)).strip()
    plain = re.sub(r"^tel:", "", plain, flags=re.IGNORECASE)
    if re.search(r"[^0-9+ ()\[\]./-]", plain):
        return None
    digits = re.sub(r"[^0-9+]", "", plain)
    return digits if re.fullmatch(r"\+?[0-9]{4,20}", digits) else None


def _plain(letter: str) -> str:
    """One character as it counts in a phone number: an ASCII digit, a dash, a space, nothing, or itself."""
    match unicodedata.category(letter):
        case "Nd":
            return str(unicodedata.digit(letter))
        case "Pd":
            return "-"
        case "Cf":
            return ""
        case "Zs" | "Zl" | "Zp":
            return " "
    return {"\u2212": "-", "\t": " ", "\n": " ", "\r": " "}.get(letter, letter)


def _no_number() -> ValidationError:
    example = phonenumbers.example_number_for_type(settings.PHONE_REGION, PhoneNumberType.MOBILE)
    number = example or phonenumbers.parse("+8801712345678")
    shown = {
        "local": phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL),
        "international": phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL),
    }
    return ValidationError(
        _(
            "This is not a phone number. Enter all digits as you would dial them, for example %(local)s, "
            "or with the country code: %(international)s."
        )
        % shown,
        code="phone",
    )
