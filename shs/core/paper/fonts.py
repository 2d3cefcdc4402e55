"""Which characters can be printed, and by which font. The fonts (fonts/OFL.txt) are Noto's, of Debian's
fonts-noto-core 20201225; those of Devanagari, Arabic, symbols and mathematics are subsets without hints."""

import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from shs.core.errors import Invalid

FOLDER = Path(__file__).parent / "fonts"
CHAIN = (
    "NotoSans",
    "NotoSansBengali",
    "NotoSansDevanagari",
    "NotoNaskhArabic",
    "NotoSansMath",
    "NotoSansSymbols",
    "NotoSansSymbols2",
)
"""The fonts in the order in which they are asked for a character."""

ONE_WEIGHT = frozenset(CHAIN[4:])
"""Fonts of signs, which have no bold."""

UNSEEN = frozenset(map(chr, (0xAD, 0x34F, 0x61C, *range(0x200B, 0x2010), 0x2060, 0xFEFF, *range(0xFE00, 0xFE10))))
"""Characters that shape or part what stands beside them, and show nothing themselves."""

REORDERING = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))
"""Characters that turn the order of others: a dose would be read in another order than it is stored."""

MOST_NAMED = 5


def in_weight(font: str, bold: bool) -> str:
    """The name of a font of CHAIN in its weight, such as "NotoSans-Bold"."""
    return f"{font}-{'Bold' if bold and font not in ONE_WEIGHT else 'Regular'}"


def path_of(name: str) -> Path:
    """The file of a font by its name with the weight."""
    return FOLDER / f"{name}.ttf"


@cache
def covered(font: str) -> frozenset[str]:
    """The characters that a font of CHAIN has."""
    import uharfbuzz  # here, because most processes never print

    return frozenset(map(chr, uharfbuzz.Face(uharfbuzz.Blob.from_file_path(path_of(in_weight(font, False)))).unicodes))


def is_space(letter: str) -> bool:
    """Whether it is drawn as a gap or begins a line."""
    return unicodedata.category(letter) in ("Zs", "Zl", "Zp") or letter in "\n\r\t\x85"


def is_drawable(letter: str) -> bool:
    """Whether some font has it, or it needs none."""
    if letter in REORDERING:
        return False
    return letter in UNSEEN or is_space(letter) or any(letter in covered(font) for font in CHAIN)


def undrawable(text: str) -> list[str]:
    """The characters of `text` that no font has, each once, in their order."""
    return [letter for letter in dict.fromkeys(text) if not is_drawable(letter)]


def named(letters: Iterable[str]) -> str:
    """Characters for people: themselves, and those that show nothing by their number."""
    found = list(letters)
    shown = [letter if unicodedata.category(letter)[0] in "LNPS" else f"U+{ord(letter):04X}" for letter in found]
    return " ".join(shown[:MOST_NAMED]) + (" …" if len(shown) > MOST_NAMED else "")


def validate_drawable(text: str) -> None:
    """Raises ValidationError, which names the characters that cannot be printed."""
    if missing := undrawable(text):
        raise ValidationError(
            _("This cannot be printed: %(letters)s. Write it in other words or letters.") % {"letters": named(missing)},
            code="undrawable",
        )


def require_drawable(text: str, *, field: str) -> None:
    """Raises Invalid (422) with the sentence of `validate_drawable`."""
    try:
        validate_drawable(text)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field=field) from None


def printable(text: str) -> str:
    """`text` as it is drawn: what no font has is shown by its number, so that nothing is left out silently."""
    return "".join(letter if is_drawable(letter) else f"[U+{ord(letter):04X}]" for letter in text)


def in_print(name: str) -> str:
    """A name as it is drawn: in Latin letters if no font has its script."""
    if not undrawable(name):
        return name
    from anyascii import anyascii  # here, because its tables are read from files

    return printable(" ".join(anyascii(word).strip() or word for word in name.split()))
