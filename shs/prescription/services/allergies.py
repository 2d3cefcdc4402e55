"""What a recorded allergy says: which medicines and classes it names, and whether it says that there is none."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from shs.core.names import fold
from shs.medical_record.denials import ALLERGY, ANSWERED_NO, END, NOBODY, NONE_IN_BANGLA, NOT_ALLERGIC, RULED_OUT
from shs.prescription.services.excipients import named_in
from shs.prescription.services.rules import DrugClass, allergy_classes
from shs.prescription.services.substances import Catalogue, Substance, words_of
from shs.prescription.services.words import sequence

FILLERS = (
    "known any drug drugs medicine medicines medication medications food other history of documented reported past a"
)


class Allergy(NamedTuple):
    """What an entry says. `cause`: the medicines and words that it names, without what it denies; `groups`: the classes
    that it names or to which the medicines belong. `denies`: there is nothing else in it than a denial; `is_none`: it
    says that no allergy is known at all. `excipients`: the keys of those that it names."""

    cause: Substance
    groups: frozenset[DrugClass]
    denies: bool = False
    is_none: bool = False
    excipients: frozenset[str] = frozenset()

    @property
    def is_understood(self) -> bool:
        """Whether a medicine, a class or an excipient was found in it."""
        return bool(self.groups or self.cause.generics or self.excipients)


def understand(title: str, catalogue: Catalogue) -> Allergy:
    """What the recorded allergy `title` says."""
    text = fold(title)
    said, denied = _without_denials(text, catalogue)
    words = catalogue.spelling.corrected(sequence(said))
    generics, named = catalogue.generics_in(words), classes_named(words)
    cause = Substance(title, generics, catalogue.codes_of(generics), words_of(said))
    if not generics and not named and said.strip(" ;"):
        cause = catalogue.by_brand(said)._replace(name=title)
    groups = frozenset(named | classes_of(cause.codes))
    denies = bool(denied) and not cause.words and not groups
    is_none = denies and not _names_medicine(" ".join(denied), catalogue)
    excipients = named_in(said, is_misspelt=not cause.generics and not groups)
    return Allergy(cause, groups, denies, is_none, excipients)


def _names_medicine(text: str, catalogue: Catalogue) -> bool:
    words = catalogue.spelling.corrected(sequence(text))
    return bool(
        catalogue.generics_in(words) or classes_named(words) or named_in(text) or catalogue.by_brand(text).is_known
    )


def _without_denials(text: str, catalogue: Catalogue) -> tuple[str, list[str]]:
    """`text` without what it denies, and the parts that it denies."""
    if NOBODY.match(text):
        return "", [text]
    kept, denied = [], []
    for clause in _clauses(text):
        at = _denial(clause, catalogue)
        if at is None:
            kept.append(clause)
        else:
            kept.append(clause[:at])
            denied.append(clause[at:])
    return " ; ".join(kept), denied


def _clauses(text: str) -> Iterable[str]:
    return (clause for clause in END.split(text) if clause.strip())


def _denial(clause: str, catalogue: Catalogue) -> int | None:
    """Where the denial in a clause begins; None without one. In doubt there is none: a needless warning does less harm
    than a missing one."""
    if NONE_IN_BANGLA.search(clause) or RULED_OUT.search(clause) or ANSWERED_NO.search(clause):
        return 0
    if found := NOT_ALLERGIC.search(clause):
        return 0 if not _names_medicine(clause[: found.start()], catalogue) else found.start()
    return _no_allergy(clause, catalogue)


def _no_allergy(clause: str, catalogue: Catalogue) -> int | None:
    """Where "no … allergy" begins, with nothing between but words such as "known drug" and names of medicines. "No
    rash, penicillin allergy" and "no doubt about penicillin allergy" are not denials."""
    for found in re.finditer(r"\b(?:no|denies|without)\s+((?:\S+\s+){0,6}?)" + ALLERGY, clause):
        between = sequence(found[1])
        if all(word in FILLERS or _names_medicine(word, catalogue) for word in between):
            return found.start()
    return None


def classes_of(codes: frozenset[str]) -> set[DrugClass]:
    """The classes to which a medicine with these ATC codes belongs."""
    return {known for known in allergy_classes() if any(code.startswith(known.atc) for code in codes)}


def classes_named(words: list[str]) -> set[DrugClass]:
    """The classes named in a text of these words (in order, lower case)."""
    text = f" {' '.join(words)} "
    return {known for known in allergy_classes() if any(f" {fold(name)} " in text for name in known.words)}
