"""The strength of a medicine, written in one way: `500 mg + 125 mg`, `120 mg/5 mL`, `100 micrograms per dose`."""

import re

from django.utils.translation import gettext_lazy as _

from shs.core.digits import latin_digits

UNITS = {
    "g": "g",
    "gm": "g",
    "gram": "g",
    "mg": "mg",
    "mcg": "micrograms",
    "µg": "micrograms",
    "μg": "micrograms",
    "microgram": "micrograms",
    "micrograms": "micrograms",
    "ml": "mL",
    "mcl": "microlitres",
    "microlitres": "microlitres",
    "l": "L",
    "iu": "IU",
    "u": "U",
    "unit": "U",
    "units": "U",
    "miu": "MIU",
    "mmol": "mmol",
    "%": "%",
}
"""Units as lists write them → as the catalogue does."""
PER_DOSE = ("puff", "spray", "dose", "actuation", "inhalation")
CONTAINERS = ("vial", "ampoule", "prefilled syringe", "tablet", "capsule", "suppository")
"""What a strength needs not say, because the form does."""
AMOUNT = re.compile(r"(\d[\d ,]*(?:\.\d+)?(?:-\d+(?:\.\d+)?)?)\s*([a-zµμ]+|%)?(?:\s+iron)?", re.I)
PER = re.compile(r"(\d+(?:\.\d+)?)?\s*([a-zµμ ]+)", re.I)
RATIO = re.compile(r"\d{1,2}/\d{1,2}, ")
NOTE = re.compile(r"(?<=\S)\s+\([^()]*\)$")
"""What stands in brackets behind a strength, such as the size of a patch."""
SACHET = "sachet for 1 L"
MOST = 120
"""The most characters of a strength."""


class BadStrength(ValueError):
    """This is not a strength."""

    def __init__(self) -> None:
        super().__init__(_("Enter a strength such as 500 mg, 120 mg/5 mL or 0.5%."))


def tidy_strength(text: str) -> str:
    """The strength `text` as the catalogue writes it; empty if it is. Raises BadStrength."""
    plain = " ".join(latin_digits(text).split())
    if not plain or plain == SACHET:
        return plain
    plain = NOTE.sub("", plain)
    ratio = RATIO.match(plain)
    start = ratio[0] if ratio else ""
    left, per = _divided(plain.removeprefix(start))
    amounts = [_amount(part) for part in re.split(r"\s*\+\s*", left.strip("() "))]
    tidied = start + " + ".join(amounts) + per
    if len(tidied) > MOST:
        raise BadStrength
    return tidied


def _divided(text: str) -> tuple[str, str]:
    """The amounts, and what they are in: "/5 mL", " per dose" or nothing."""
    if text.casefold().endswith(" per dose"):
        return text[: -len(" per dose")], " per dose"
    plain = re.sub(r"\s*(w/[wv]|v/v)", "", text, flags=re.I)
    left, slash, right = plain.rpartition("/")
    if not slash:
        return plain, ""
    found = PER.fullmatch(right.strip())
    if not found:
        raise BadStrength
    number, unit = found[1] or "", found[2].strip().casefold()
    if unit in PER_DOSE and number in ("", "1"):
        return left, " per dose"
    if unit in CONTAINERS and not number:
        return left, ""
    if unit not in UNITS and unit not in ("sachet", "h", "hour"):
        raise BadStrength
    shown = UNITS.get(unit, unit)
    return left, f"/{number} {shown}" if number and number != "1" else f"/{shown}"


def _amount(text: str) -> str:
    """One amount. Raises BadStrength."""
    found = AMOUNT.fullmatch(text.strip())
    if not found or not found[2] or found[2].casefold() not in UNITS:
        raise BadStrength
    unit = UNITS[found[2].casefold()]
    number = re.sub(r"[ ,]", "", found[1])
    if "-" not in number:
        number, unit = _shorter(number, unit)
    gap = "" if unit == "%" else " "
    iron = " iron" if text.strip().casefold().endswith(" iron") else ""
    return f"{number}{gap}{unit}{iron}"


def _shorter(number: str, unit: str) -> tuple[str, str]:
    """1000 mg is 1 g; thousands are set apart from 10 000 on; zeros at the end mean nothing."""
    value = number.rstrip("0").rstrip(".") if "." in number else number
    if unit == "MIU":
        value, unit = f"{float(value) * 1_000_000:.0f}", "IU"
    if unit == "mg" and "." not in value and int(value) >= 1000 and int(value) % 100 == 0:
        value, unit = f"{int(value) / 1000:g}", "g"
    if not value.strip("0."):
        raise BadStrength
    whole, dot, rest = value.partition(".")
    if len(whole) > 4:
        whole = f"{int(whole):,}".replace(",", " ")
    return f"{whole}{dot}{rest}", unit
