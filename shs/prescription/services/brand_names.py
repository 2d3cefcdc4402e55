"""Which brand a name means that was typed and not chosen: exactly, within other words, misspelt by a letter or two, or
in Bangla."""

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import NamedTuple

from shs.core.names import fold, roman, sound
from shs.prescription.models import Brand
from shs.prescription.services.words import BANGLA_ENDINGS, NOT_NAMES, distance, sequence

SHORTEST = 3
"""Letters of a brand that is looked for within other words."""
SHORT, LONG = 5, 8
"""Letters of a name, as it is heard: below SHORT it is never taken for a misspelt one, from LONG two letters may be
wrong."""
FEWEST_CONSONANTS = 3
MOST = 4
"""The most generics of which a name can mean one; more are as good as none."""
FORMS = frozenset(
    (
        *("tabs", "caps", "syp", "syr", "susp", "oint", "gel", "lotion", "spray", "inhaler", "sachet", "vial", "amp"),
        *("drop", "supp", "suppository", "infusion", "solution", "ট্যাবলেট", "ট্যাব", "ক্যাপসুল", "ক্যাপ", "সিরাপ"),
        *("ড্রপ", "মলম", "ইনজেকশন", "সাসপেনশন", "ইনহেলার"),
    )
)
"""Words of a form, beside those of NOT_NAMES."""
ALIKE = {letter: group for group in ("cksqx", "gzj", "fp", "bvw", "aeiouyhw") for letter in group}
"""First letter → the letters with which a name that is heard like it can begin."""


Row = tuple[str, str, str, str, int]
"""Name, form, strength, excipients and medicine of a brand."""


class Sold(NamedTuple):
    """What a row of the list of brands says, as far as checks need it."""

    name: str
    form: str
    strength: str
    excipients: str
    generic: str
    code: str

    @property
    def shown(self) -> str:
        """For people: the brand with its generic in brackets."""
        return f"{self.name} ({self.generic})"


class Meant(NamedTuple):
    """The brands that a name can mean, and whether it is one of them, letter by letter."""

    brands: tuple[Sold, ...] = ()
    is_exact: bool = False

    @property
    def generics(self) -> tuple[str, ...]:
        """The generics as the catalogue writes them, in order."""
        return tuple(dict.fromkeys(brand.generic for brand in self.brands))

    @property
    def shown(self) -> tuple[str, ...]:
        """One brand of each generic, for people."""
        return tuple({brand.generic: brand.shown for brand in reversed(self.brands)}.values())[::-1]


NO_BRAND = Meant()


class BrandNames:
    """The brands of the catalogue by their names; read once, when the first name is looked for. `medicines`: key of a
    medicine → its generic name and its code."""

    def __init__(self, medicines: Mapping[int, tuple[str, str]]) -> None:
        self.medicines = medicines

    @cached_property
    def by_words(self) -> dict[tuple[str, ...], list[Row]]:
        """The words of a name, without form and amount → the brands of that name."""
        found: dict[tuple[str, ...], list[Row]] = {}
        for row in Brand.objects.order_by("pk").values_list("name", "form", "strength", "excipients", "medication_id"):
            found.setdefault(tuple(plain_words(row[0])), []).append(row)
        return found

    @cached_property
    def by_first(self) -> dict[str, list[tuple[str, ...]]]:
        """First letter → the names that begin with it."""
        found: dict[str, list[tuple[str, ...]]] = {}
        for words in self.by_words:
            found.setdefault(words[0][:1], []).append(words)
        return found

    def meant(self, name: str) -> Meant:
        """What a name means: the brand of these words, or else the longest one within them, or else those that are
        heard alike."""
        words = plain_words(name)
        if not words or not self.by_words:
            return NO_BRAND
        ways = (self.exact, self.within, self._heard)
        return next((found for way in ways if (found := way(words)).brands), NO_BRAND)

    def exact(self, words: list[str]) -> Meant:
        """The brands of these words."""
        return self._of(self.by_words.get(tuple(words), ()), is_exact=True)

    def within(self, words: list[str]) -> Meant:
        """The brands with the longest name that stands within `words`."""
        for length in range(len(words), 0, -1):
            for at in range(len(words) - length + 1):
                part = tuple(words[at : at + length])
                if part in self.by_words and len("".join(part)) >= SHORTEST:
                    return self._of(self.by_words[part], is_exact=False)
        return NO_BRAND

    def _heard(self, words: list[str]) -> Meant:
        """The brands that are heard like the whole of `words`, or else like the first of them."""
        for text in dict.fromkeys(("".join(words), words[0])):
            found = self._in_bangla(text) if not text.isascii() else self._misspelt(text)
            if found.brands:
                return found
        return NO_BRAND

    def _misspelt(self, text: str) -> Meant:
        heard = sound(text)
        most = 2 if len(heard) >= LONG else 1 if len(heard) >= SHORT else 0
        near = [(distance(heard, sound("".join(words)), most), words) for words in self._beginning_like(text)]
        least = min((far for far, _words in near), default=most + 1)
        return self._those(words for far, words in near if far == least <= most)

    def _in_bangla(self, text: str) -> Meant:
        """A Bangla name is compared by its consonants, since vowels are written in many ways; a short one as it is."""
        text = fold(text)
        for stem in [text, *(text.removesuffix(end) for end in map(fold, BANGLA_ENDINGS) if text.endswith(end))]:
            latin = roman(stem)
            heard, consonants = sound(latin), _consonants(latin)
            found = self._those(
                words
                for words in self._beginning_like(latin)
                if sound("".join(words)) == heard
                or (len(consonants) >= FEWEST_CONSONANTS and _consonants("".join(words)) == consonants)
            )
            if found.brands:
                return found
        return NO_BRAND

    def _beginning_like(self, text: str) -> Iterable[tuple[str, ...]]:
        first = text[:1]
        return (words for letter in ALIKE.get(first, first) for words in self.by_first.get(letter, ()))

    def _those(self, names: Iterable[tuple[str, ...]]) -> Meant:
        return self._of([row for words in names for row in self.by_words[words]], is_exact=False)

    def _of(self, rows: Iterable[Row], *, is_exact: bool) -> Meant:
        brands = tuple(Sold(*row[:4], *self.medicines[row[4]]) for row in rows if row[4] in self.medicines)
        found = Meant(brands, is_exact)
        return found if brands and len(found.generics) <= MOST else NO_BRAND


def _consonants(text: str) -> str:
    """What is heard of a name without its vowels; one at the beginning is "a"."""
    return re.sub("^[ai]", "a", re.sub("(?<=.)[aeiouyw]", "", sound(text)))


def plain_words(text: str) -> list[str]:
    """The words of a name in order, without form and amount; a name of nothing else stays as it is."""
    words = sequence(text if text.isascii() else fold(text))
    return [word for word in words if not NOT_NAMES.match(word) and word not in FORMS] or words


def piece_of(meant: Meant, name: str) -> str:
    """Form and strength of the brand that a name means: its only one, or the one whose number the name says; empty
    without certainty."""
    numbers = set(re.findall(r"\d+(?:\.\d+)?", fold(name)))
    fitting = {
        (brand.form, brand.strength)
        for brand in meant.brands
        if not numbers or numbers & set(re.findall(r"\d+(?:\.\d+)?", brand.strength))
    }
    if not meant.is_exact or len(meant.generics) != 1 or len(fitting) != 1:
        return ""
    return " ".join(fitting.pop())
