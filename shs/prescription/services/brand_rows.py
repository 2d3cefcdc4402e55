"""One row of a list of brands: what its cells say, and which medicine of the catalogue it means."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from shs.core.names import sound
from shs.prescription.medicines import facts_of, forms
from shs.prescription.models import Brand, Medication
from shs.prescription.services.substances import Catalogue, parts_of
from shs.prescription.services.words import distance, sequence
from shs.prescription.strengths import BadStrength, tidy_strength

COLUMNS = {
    "brand": ("brand", "brand name", "name", "trade name"),
    "generic": ("generic", "generic name", "generic names"),
    "strength": ("strength", "mg"),
    "form": ("form", "dosage form", "dosage description", "type"),
    "maker": ("maker", "manufacturer", "manufacturer name", "company", "company name"),
}
"""Column → how lists name it. The first four are needed."""
NEEDED = ("brand", "generic", "strength", "form")
LONGEST = {"brand": 150, "form": 60, "maker": 150}
NOTE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
PARTS = re.compile(r"\s*(?:\+|&|;| and )\s*", re.I)
SLOW = "controlled|extended|modified|prolonged|retard|slow|sustained|timed"
FORMS: tuple[tuple[str, str], ...] = (
    (r"chewable tablet|tablet.*chew", "tablet, chewable"),
    (r"(dispers|dissolv|disinteg)", "tablet, dispersible"),
    (r"effervescent tablet|tablet.*effervescent", "tablet, effervescent"),
    (r"sublingual tablet|tablet.*sublingual", "tablet, sublingual"),
    (rf"tablet.*({SLOW})|({SLOW}).*tablet", "tablet, controlled release"),
    (r"tablet.*(enteric|delayed)|(enteric|delayed).*tablet", "tablet, enteric coated"),
    (r"vaginal.*tablet", "vaginal tablet"),
    (r"vaginal.*(suppository|pessary)|pessary", "vaginal suppository"),
    (r"vaginal.*(cream|gel)", "vaginal cream"),
    (r"tablet", "tablet"),
    (r"inhalation capsule|capsule.*inhal", "inhalation capsule"),
    (rf"capsule.*({SLOW})", "capsule, controlled release"),
    (r"capsule.*(delayed|enteric)", "capsule, delayed release"),
    (r"capsule", "capsule"),
    (r"powder for (oral )?suspension|powder for syrup|dry (powder|syrup)", "powder for oral liquid"),
    (r"(p(a)?ediatric|oral) drops", "oral drops"),
    (r"nebuli[sz]er", "nebuliser solution"),
    (r"(ophthalmic|eye).*(ointment)", "eye ointment"),
    (r"(ophthalmic|eye).*gel", "eye gel"),
    (r"(ophthalmic|eye)", "eye drops"),
    (r"\b(ear|otic)\b", "ear drops"),
    (r"nasal drops?", "nasal drops"),
    (r"nasal", "nasal spray"),
    (r"mouth ?wash|gargle", "mouthwash"),
    (r"oral (gel|paste)", "oral gel"),
    (r"syrup|oral (suspension|solution|emulsion|liquid)|elixir|linctus", "oral liquid"),
    (r"granules|oral powder|effervescent powder|sachet", "granules"),
    (r"prefilled|pre-filled", "injection, prefilled syringe"),
    (r"injection|ampoule|vial", "injection"),
    (r"infusion", "infusion"),
    (r"rectal|suppository", "suppository"),
    (r"inhaler|inhalation", "inhalation"),
    (r"transdermal|patch", "transdermal patch"),
    (r"cream", "cream"),
    (r"ointment", "ointment"),
    (r"lotion", "lotion"),
    (r"shampoo", "shampoo"),
    (r"\bgel\b", "gel"),
    (r"(topical|scalp|skin) (solution|spray)|solution", "skin solution"),
    (r"spray", "spray"),
    (r"implant", "implant"),
)
"""What is found in the form of a list → the form of the catalogue; the first that fits counts."""


class Wrong(Exception):
    """A row cannot be stored: `kind` is the sentence of it, with its `value` and an `other` one."""

    def __init__(self, kind: str, value: str = "", other: str = "") -> None:
        super().__init__(kind)
        self.kind, self.value, self.other = kind, value, other


class Written(NamedTuple):
    """What a row says of a brand, in the catalogue's words. `spelt`: (as the list spells, as the catalogue does)."""

    name: str
    form: str
    strength: str
    maker: str
    medication: int
    spelt: tuple[str, str] | None

    @property
    def key(self) -> tuple[str, ...]:
        """By this the same brand is known: case does not matter."""
        return key_of(self.name, self.form, self.strength, self.maker)


def key_of(*parts: str) -> tuple[str, ...]:
    """`parts`, for comparison."""
    return tuple(part.casefold() for part in parts)


def columns_of(headers: list[str]) -> dict[str, int]:
    """Column → where it is in the file. Raises Wrong if a needed one is missing."""
    found: dict[str, int] = {}
    for at, header in enumerate(headers):
        name = " ".join(header.replace("_", " ").split()).casefold()
        for column, names in COLUMNS.items():
            if name in names:
                found.setdefault(column, at)
    if missing := [column for column in NEEDED if column not in found]:
        raise Wrong("columns", ", ".join(missing))
    return found


def form_of(text: str, strength: str = "") -> str:
    """The form of the catalogue that a list names; other ones stay as they are."""
    plain = " ".join(text.split()).casefold()
    if plain in forms():
        return plain
    found = next((form for pattern, form in FORMS if re.search(pattern, plain)), plain)
    return "powder for injection" if found == "injection" and re.search(r"/\s*vial\b", strength, re.I) else found


class Generics(NamedTuple):
    """The generics that a text names, and what was read as another spelling."""

    parts: frozenset[str]
    spelt: tuple[str, str] | None


class Reader:
    """Reads rows; what it has learnt of a generic's name is kept, since lists repeat few names often."""

    def __init__(self) -> None:
        self.catalogue = Catalogue()
        self.rows: dict[frozenset[str], list[Medication]] = {}
        for row in Medication.objects.in_use().order_by("pk"):
            self.rows.setdefault(frozenset(parts_of(row.generic_name)), []).append(row)
        self.known: dict[str, Generics | None] = {}
        self.chosen: dict[tuple[frozenset[str], str, str], int] = {}

    def read(self, cells: Mapping[str, str]) -> Written:
        """What a row says. Raises Wrong."""
        texts = {name: " ".join(cells.get(name, "").split()) for name in COLUMNS}
        for name in ("brand", "generic", "form"):
            if not texts[name]:
                raise Wrong("empty", name)
        for name, most in LONGEST.items():
            if len(texts[name]) > most:
                raise Wrong("long", name, str(most))
        try:
            strength = tidy_strength(texts["strength"])
        except BadStrength:
            raise Wrong("strength", texts["strength"][:60]) from None
        form = form_of(texts["form"], texts["strength"])
        found = self.generics(texts["generic"])
        if found is None:
            raise Wrong("generic", texts["generic"][:100])
        medication = self.row_for(found.parts, form, strength, texts["generic"])
        return Written(texts["brand"], form, strength, texts["maker"], medication, found.spelt)

    def generics(self, text: str) -> Generics | None:
        """The generics of the catalogue that a text names, each part exactly one; None if it does not know one."""
        if text not in self.known:
            self.known[text] = self._generics(text)
        return self.known[text]

    def _generics(self, text: str) -> Generics | None:
        plain = NOTE.sub(" ", text)
        for whole in (plain, text):
            if (found := self._one(whole)) and found.parts in self.rows:
                return found
        parts: set[str] = set()
        spelt = None
        for part in PARTS.split(plain):
            found = self._one(part)
            if found is None:
                return None
            parts |= found.parts
            spelt = spelt or found.spelt
        return Generics(frozenset(parts), spelt) if frozenset(parts) in self.rows else None

    def _one(self, text: str) -> Generics | None:
        """The generic that a text without "+" names."""
        words = sequence(text)
        if not words or len(PARTS.split(text.strip())) > 1:
            return None
        near: list[str] = []
        spelt = None
        for word in words:
            meant = self.catalogue.spelling.meant(word)
            if meant == [word]:
                near.append(word)
            elif len(meant) == 1 and distance(sound(word), sound(meant[0]), 1) <= 1:
                near.append(meant[0])
                spelt = (word, meant[0])
            else:
                near.append(word)
        if (exact := " ".join(near)) in self.catalogue.codes:
            return Generics(frozenset([exact]), spelt)
        found = self.catalogue.generics_in(near)
        # "insulin" is named by "insulin glargine", too: the longest name counts.
        longest = [name for name in found if not any(name != other and name in other for other in found)]
        return Generics(frozenset(longest), spelt) if len(longest) == 1 else None

    def row_for(self, parts: frozenset[str], form: str, strength: str, text: str) -> int:
        """The nearest row of a generic: of the same form and strength, else of the same form, else given by the same
        route. Raises Wrong if all are given by another route, because another code would apply."""
        key = (parts, form, strength)
        if key not in self.chosen:
            rows, route = self.rows[parts], facts_of(form).route
            fit = [row for row in rows if not route or not row.route or row.route == route]
            if not fit:
                raise Wrong("route", text[:100], form)
            best = max(fit, key=lambda row: (row.form == form, row.strength == strength, -row.pk))
            self.chosen[key] = best.pk
        return self.chosen[key]


def as_brand(written: Written) -> Brand:
    """A new row for what a list says."""
    return Brand(
        name=written.name,
        form=written.form,
        strength=written.strength,
        maker=written.maker,
        medication_id=written.medication,
    )
