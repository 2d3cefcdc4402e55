"""Understanding what people type: the words of a text, in English and Bangla, which of them are denied, and which are
misspelt."""

import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

LONGEST_WORD = 24
FILLERS = frozenset(
    "a an the i im ive am is are was be been being have has had having my me mine his her its he she it they of in on at "
    "to for with from some very so too really quite bad badly lot lots bit little feel feels feeling felt get gets "
    "getting got keep keeps since days day week weeks months yesterday today now there this that when after আমার আমি খুব "
    "অনেক একটু হয় হচ্ছে হয়েছে করছে করে লাগছে লাগে আছে".split()
)
"""Words that name nothing by themselves."""

DENIALS = frozenset("no not without never denies deny dont doesnt didnt isnt arent havent hasnt none nor".split())
DENIALS_BEHIND = frozenset("নেই নাই না নয়".split())
"""In Bangla the denial stands behind what is denied."""

TURNS = frozenset("but however except though and কিন্তু তবে এবং আর".split())
"""Where a denial ends: what is said after them is said. Rather one alarm too many than one too few."""


class Said(NamedTuple):
    """The words of one clause, in order, and the places of those that are denied."""

    words: list[str]
    denied: frozenset[int]


def plain(text: str) -> str:
    """`text` in one spelling: compatibility forms and case folded, apostrophes gone, all else but letters, marks and
    digits a space; the ends of clauses a full stop."""
    text = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text).casefold())
    letters = []
    for letter in text:
        if letter in "'’`\u200c\u200d":
            continue
        kind = unicodedata.category(letter)[0]
        letters.append(letter if kind in "LMN" else " . " if letter in ".,;:!?।\n" else " ")
    return " ".join("".join(letters).split())


def clauses(text: str) -> Iterator[Said]:
    """The clauses of a text, each with what is denied in it."""
    for part in plain(text).split("."):
        words = [word[:LONGEST_WORD] for word in part.split()]
        if words:
            yield Said(words, _denied(words))


def _denied(words: list[str]) -> frozenset[int]:
    found: set[int] = set()
    start, is_denied = 0, False
    for place, word in enumerate(words):
        if word in TURNS:
            start, is_denied = place + 1, False
        elif word in DENIALS:
            is_denied = True
        elif word in DENIALS_BEHIND:
            found.update(range(start, place))
        elif is_denied:
            found.add(place)
    return frozenset(found)


def places_of(phrase: list[str], said: Said) -> Iterator[int]:
    """Where `phrase` stands in a clause, and is not denied. A phrase that holds the denial itself ("cannot breathe",
    "not passing urine") is meant as it stands."""
    length = len(phrase)
    for place in range(len(said.words) - length + 1):
        if said.words[place : place + length] == phrase:
            holds_denial = any(word in DENIALS or word in DENIALS_BEHIND for word in phrase)
            if holds_denial or not said.denied.intersection(range(place, place + length)):
                yield place


def says(text: Iterable[Said], phrase: str) -> bool:
    """Whether a phrase was said, and not denied."""
    words = plain(phrase).replace(".", " ").split()
    return bool(words) and any(True for said in text for _place in places_of(words, said))


class Spelling:
    """Finds the word that was meant: one letter wrong, missing, doubled or swapped in words from four letters on, two
    from eight on. The index holds each known word less up to two letters, so that a look-up compares a few words and not
    all of them."""

    def __init__(self, known: Iterable[str]):
        self.known = {word for word in known if len(word) <= LONGEST_WORD}
        self.shorter: dict[str, set[str]] = {}
        for word in self.known:
            for form in _forms(word):
                self.shorter.setdefault(form, set()).add(word)

    def meant(self, word: str) -> str:
        """The known word that is nearest to `word`, or `word` itself: where none is near, or two are equally near."""
        if word in self.known or word in FILLERS or len(word) < 4 or len(word) > LONGEST_WORD:
            return word
        near = {known for form in _forms(word) for known in self.shorter.get(form, ())}
        ranked = sorted((distance(word, known), known) for known in near if _reach(known))
        ranked = [(far, known) for far, known in ranked if far <= min(_reach(word), _reach(known))]
        if not ranked or (len(ranked) > 1 and ranked[0][0] == ranked[1][0]):
            return word
        return ranked[0][1]


def _reach(word: str) -> int:
    """How many letters of `word` may be wrong."""
    return 0 if len(word) < 4 else 1 if len(word) < 8 else 2


def _forms(word: str) -> set[str]:
    """`word`, and what is left of it without one letter or two."""
    forms = {word}
    for count in range(1, _reach(word) + 1):
        forms.update("".join(part) for part in combinations(word, len(word) - count))
    return forms


@lru_cache(maxsize=4096)
def distance(one: str, other: str) -> int:
    """Letters to change, add, drop or swap with their neighbour to make one word of the other (the optimal string
    alignment of Damerau, 1964)."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, left in enumerate(one, start=1):
        present = [row]
        for column, right in enumerate(other, start=1):
            cost = min(last[column] + 1, present[column - 1] + 1, last[column - 1] + (left != right))
            if row > 1 and column > 1 and left == other[column - 2] and one[row - 2] == right:
                cost = min(cost, before[column - 2] + 1)
            present.append(cost)
        before, last = last, present
    return last[-1]
