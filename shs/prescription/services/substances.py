"""Which substance a name means: with its salt, misspelt by a letter or two, by another name, or in Bangla."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from shs.core.names import fold, key, roman, sound
from shs.prescription.models import Medication
from shs.prescription.services.brand_names import NO_BRAND, BrandNames, Meant, piece_of, plain_words
from shs.prescription.services.rules import allergy_classes, names
from shs.prescription.services.words import BANGLA_ENDINGS, NOT_NAMES, distance, sequence

SHORT, LONG = 6, 8
"""Letters of a word, as it is heard: below SHORT it is never taken for a misspelt one, from LONG two letters may be
wrong."""

SEVERAL = re.compile(r"[,;\n+&/]|\s(?:and|with|ও|এবং)\s", re.I)
"""What stands between two medicines."""
BETWEEN = re.compile(rf"(?:{SEVERAL.pattern})(?![^(]*\))", re.I)
"""As SEVERAL, but not in brackets: "Xyz Extra (paracetamol + caffeine)" is one."""
ALIAS = re.compile(r"\((?!\s*(?:[+&,]|with\b|and\b|ও|এবং))")
"""Where the other name of a medicine begins: a brand with its generic in brackets, or a generic with its brand."""
MOST_KEPT = 10_000
"""So many words are kept with what they mean."""
SHORTEST_OTHER = 4
"""Letters of a further word that can be the name of another medicine."""


class Substance(NamedTuple):
    """The substance of a medicine: generic names of its parts, their ATC codes, and the words of its name. `ends_soon`:
    the patient has it for a few more days only, so that it is due again. `brand`: the brands that a typed name can
    mean, if it names no generic; of several, the generics are those of all. `form`: of its entry in the catalogue;
    `listed`: the excipients that its brand lists, empty if they are not known. `is_strength_checked`: whether somebody
    has read the strength of its entry in a list. `written`: the strength in the catalogue that a generic name with a
    number means, as "losartan 50" does. `parts`: the medicines of a name that names several; one of which the catalogue
    has nothing is among them, so that it is told."""

    name: str
    generics: frozenset[str]
    codes: frozenset[str]
    words: frozenset[str]
    ends_soon: bool = False
    brand: Meant = NO_BRAND
    form: str = ""
    listed: str = ""
    is_strength_checked: bool = True
    written: str = ""
    parts: tuple["Substance", ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether the catalogue has the name."""
        return bool(self.generics)

    @property
    def can_be_several(self) -> bool:
        """Whether the name is that of brands with different generics."""
        return len(self.brand.generics) > 1

    @property
    def piece(self) -> str:
        """Strength, and form of a brand, if the name tells them."""
        return piece_of(self.brand, self.name) or self.written

    @property
    def each(self) -> tuple["Substance", ...]:
        """The medicines that the name names."""
        return self.parts or (self,)

    def same_as(self, other: "Substance") -> bool:
        """Whether both contain the same generic; for names not in the catalogue, whether the names are the same."""
        if self.generics and other.generics:
            return bool(self.generics & other.generics)
        shorter, longer = sorted((self.words, other.words), key=len)
        return bool(shorter) and shorter <= longer


Row = tuple[int, str, str, str, str, int | None, str]
COLUMNS = ("id", "generic_name", "form", "strength", "atc_code", "merged_into_id", "source")


class Entries:
    """What the rows of the catalogue and names.toml say: the generic names with their ATC codes. `pieces`: form and
    strength of each row, `unchecked` the rows whose strength nobody has read."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.codes: dict[str, set[str]] = {}
        self.of_row: dict[int, tuple[str, str]] = {}
        self.pieces: dict[int, str] = {}
        self.unchecked: set[int] = set()
        self.by_name: dict[str, int] = {}
        for row in (Medication(**dict(zip(COLUMNS, values, strict=True))) for values in rows):
            name, code = row.generic_name, row.atc_code
            self.of_row[row.pk] = name, code
            self.pieces[row.pk] = f"{row.form} {row.strength}"
            if not row.is_strength_checked:
                self.unchecked.add(row.pk)
            self.by_name[" ".join(sequence(str(row)))] = row.merged_into_id or row.pk
            for part in parts_of(name):
                self.codes.setdefault(part, set()).update([code] if code and part == name.lower() else [])
        for generic, code in names().generics.items():
            if not self.codes.get(generic):
                self.codes[generic] = {code}
        self.combinations = {
            frozenset(parts_of(name)): code for name, code in self.of_row.values() if code and len(parts_of(name)) > 1
        }
        self.texts = {part: f" {' '.join(without_salt(sequence(part)))} " for part in self.codes}
        self.other_texts = [
            (f" {' '.join(sequence(other))} ", " ".join(sequence(generic)))
            for other, generic in names().synonyms.items()
        ]
        self.spelling = Spelling(
            {
                *(word for text in self.texts.values() for word in text.split()),
                *(word for text, _generic in self.other_texts for word in text.split()),
                *(fold(word) for known in allergy_classes() for name in known.words for word in name.split()),
            }
        )


@lru_cache(maxsize=1)
def entries_of(rows: tuple[Row, ...]) -> Entries:
    """The entries of these rows; kept while the rows are the same, because making them takes longer than a check."""
    return Entries(rows)


class Catalogue:
    """The substances that names mean by the entries of the catalogue; read once for a check. `brands`: read when a name
    is none of a generic."""

    def __init__(self) -> None:
        entries = entries_of(tuple(Medication.objects.values_list(*COLUMNS)))
        self.codes, self.of_row, self.by_name = entries.codes, entries.of_row, entries.by_name
        self.pieces, self.unchecked, self.combinations = entries.pieces, entries.unchecked, entries.combinations
        self.texts, self.other_texts, self.spelling = entries.texts, entries.other_texts, entries.spelling
        self.brands = BrandNames(self.of_row)
        self.kept: dict[tuple[str, int | None], Substance] = {}

    def substance(self, name: str, row: int | None = None) -> Substance:
        """The substance of `name`; `row` is the chosen catalogue entry, if any."""
        if (name, row) not in self.kept:
            self.kept[name, row] = self._substance(name, row)
        return self.kept[name, row]

    def _substance(self, name: str, row: int | None) -> Substance:
        words = words_of(name)
        if row in self.of_row:
            generic, code = self.of_row[row]
            codes = frozenset([code] if code else [])
            known = row not in self.unchecked
            return Substance(
                name, frozenset(parts_of(generic)), codes, words, form=self.pieces[row], is_strength_checked=known
            )
        found = self._of_name(name)
        parts = tuple(self._parts(name, found))
        if len(parts) < 2 or not any(part.is_known for part in parts):
            return found
        generics = frozenset(generic for part in parts for generic in part.generics)
        codes = self.codes_of(generics) | {code for part in parts for code in part.codes}
        is_combination = generics in self.combinations and all(part.is_known for part in parts)
        return Substance(name, generics, codes, words, form=name.casefold(), parts=() if is_combination else parts)

    def _of_name(self, name: str) -> Substance:
        """The substance of a name by the generics that it names, or else by a brand."""
        spoken = sequence(name)
        generics, brand = self.generics_in(spoken), NO_BRAND
        if not generics and (brand := self.brands.exact(plain_words(name))) == NO_BRAND:
            generics = self.generics_in(self.spelling.corrected(spoken))
        if not generics:
            return self._of_brand(name, brand if brand.brands else self.brands.meant(name))
        strength = self._strength_of(generics, name)
        return Substance(
            name, generics, self.codes_of(generics), words_of(name), form=name.casefold(), written=strength
        )

    def _parts(self, name: str, whole: Substance) -> Iterator[Substance]:
        """The medicines that stand side by side in a name, and further words that name none."""
        if whole.brand.is_exact:
            return
        named = self._words_naming(name, whole.generics) if not whole.brand.brands else frozenset()
        for piece in BETWEEN.split(name):
            words = [word for word in plain_words(piece) if not is_beside(word)]
            others = [word for word in words if not named.intersection(self.spelling.meant(word))]
            if len(others) < len(words):
                if (found := self._of_name(piece.strip())).is_known:  # no further word of one name
                    yield found
                others = [word for word in others if len(word) >= SHORTEST_OTHER and not ALIAS.search(piece)]
            if others:
                yield self._of_name(piece.strip() if others == words else as_typed(others, piece))

    def _words_naming(self, name: str, generics: frozenset[str]) -> frozenset[str]:
        """The words by which these generics can be named."""
        texts = [self.texts[generic] for generic in generics]
        texts += [other for other, generic in self.other_texts if generic in generics]
        return frozenset(word for text in texts for word in text.split())

    def _strength_of(self, generics: frozenset[str], name: str) -> str:
        """The only strength of these generics that has the number in `name`; empty without certainty."""
        numbers = set(re.findall(r"\d+(?:\.\d+)?", fold(name)))
        found = {
            piece.rpartition(" ")[0].split(" ")[-1] + " " + piece.rpartition(" ")[2]
            for row, piece in self.pieces.items()
            if numbers and frozenset(parts_of(self.of_row[row][0])) == generics
        }
        fitting = {strength for strength in found if numbers & set(strength.split()) and "/" not in strength}
        return fitting.pop() if len(fitting) == 1 else ""

    def substances(self, text: str) -> list[Substance]:
        """The medicines of a text such as "Metformin 500 mg and Losartan": each one, or else the text as one.
        Further words of an entry say why and how it is taken."""
        pieces = [piece.strip() for piece in BETWEEN.split(text) if not all(map(is_beside, plain_words(piece)))]
        found = [one for piece in pieces for one in self.substance(piece).each if one.is_known or one.name == piece]
        return found if any(one.is_known for one in found) and len(pieces) > 1 else [self.substance(text)]

    def by_brand(self, text: str) -> Substance:
        """The substance of the brand that a text names, letter by letter."""
        words = plain_words(text)
        return self._of_brand(text, self.brands.exact(words) if len(words) == 1 else self.brands.within(words))

    def _of_brand(self, name: str, brand: Meant) -> Substance:
        """The substance of a name that means one of these brands, or nothing that the catalogue has."""
        generics = frozenset(part for generic in brand.generics for part in parts_of(generic))
        codes = frozenset(sold.code for sold in brand.brands if sold.code)
        forms, lists = ({getattr(sold, field) for sold in brand.brands} for field in ("form", "excipients"))
        return Substance(
            name,
            generics,
            codes or self.codes_of(generics),
            words_of(name),
            brand=brand,
            form=" ".join(sorted(forms)),
            listed=lists.pop() if brand.is_exact and len(lists) == 1 else "",
        )

    def generics_in(self, words: list[str]) -> frozenset[str]:
        """The generics that are named in `words` (in order, lower case, spelt as the catalogue spells)."""
        text = f" {' '.join(words)} "
        for other, generic in self.other_texts:
            if other in text:
                text += f"{generic} "
        return frozenset(part for part, named in self.texts.items() if named in text)

    def row_of(self, name: str) -> int | None:
        """The catalogue entry of a complete name such as "amoxicillin capsule 500 mg"."""
        return self.by_name.get(" ".join(sequence(name)))

    def codes_of(self, generics: frozenset[str]) -> frozenset[str]:
        """The ATC codes of these generics, and of a combination of them."""
        found = {code for part in generics for code in self.codes[part]}
        return frozenset(found | {code for parts, code in self.combinations.items() if parts <= generics})


class Spelling:
    """Finds the known words that a word means."""

    def __init__(self, known: set[str]) -> None:
        self.known = known
        self.heard: dict[str, list[tuple[str, str]]] = {}
        self.by_key: dict[str, set[str]] = {}
        for word in sorted(known):
            if len(word) >= SHORT and word.isascii():
                heard = sound(word)
                self.heard.setdefault(heard[:1], []).append((heard, word))
                self.by_key.setdefault(_key(word), set()).add(word)
        self.kept: dict[str, list[str]] = {}

    def corrected(self, words: list[str]) -> list[str]:
        """`words` as the catalogue spells them; a word that could be two is both."""
        return [found for word in words for found in self.meant(word)]

    def meant(self, word: str) -> list[str]:
        """The known words that `word` means, or itself."""
        if (found := self.kept.get(word)) is None:
            if len(self.kept) >= MOST_KEPT:
                self.kept.clear()
            found = self.kept[word] = self._meant(word)
        return found

    def _meant(self, word: str) -> list[str]:
        if word in self.known:
            return [word]
        if not word.isascii():
            return self._in_bangla(word) or [word]
        heard = sound(word)
        if len(heard) < SHORT:
            return [word]
        most = 2 if len(heard) >= LONG else 1
        near = [(distance(heard, other, most), known) for other, known in self.heard.get(heard[:1], ())]
        least = min((far for far, _known in near), default=most + 1)
        return [known for far, known in near if far == least <= most] or [word]

    def _in_bangla(self, word: str) -> list[str]:
        """A Bangla word is compared by its consonants, since vowels are written in many ways."""
        word = fold(word)
        for stem in [word, *(word.removesuffix(end) for end in map(fold, BANGLA_ENDINGS) if word.endswith(end))]:
            if stem in self.known:
                return [stem]
            heard = _key(roman(stem))
            if len(heard) >= 4 and (found := self.by_key.get(heard)):
                return sorted(found)
        return []


def _key(word: str) -> str:
    """The consonants that are heard; a vowel at the beginning is "a", since আইবুপ্রোফেন begins with another."""
    return re.sub("^[ai]", "a", key(word).lower())


def parts_of(name: str) -> list[str]:
    """The generic names of a combination: "amoxicillin + clavulanic acid" has two."""
    return [part.strip().lower() for part in name.split(" + ")]


def as_typed(words: list[str], text: str) -> str:
    """The words of a text that were found in it, as they stand there."""
    return " ".join(word for word in re.findall(r"[\w\u0980-\u09ff]+", text) if word.casefold() in words)


def is_beside(word: str) -> bool:
    """Whether a word of a name says the salt, the form, the amount or how it is taken, and not what it is."""
    return bool(NOT_NAMES.match(word)) or word in names().salts or word in names().beside or len(word) == 1


def without_salt(words: list[str]) -> list[str]:
    """The words of a generic name without its salt: lithium carbonate is lithium. A name of salts alone stays."""
    return [word for word in words if word not in names().salts] or words


def words_of(text: str) -> frozenset[str]:
    """The words of a text without amounts, forms and the like."""
    return frozenset(word for word in sequence(text) if not NOT_NAMES.match(word))
