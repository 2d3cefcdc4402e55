"""Finds phrases in patients' texts, in English, Bangla and romanised Bangla: words in any order, with small
misspellings; what is denied ("no chest pain", "জ্বর নেই") is found as denied.

A phrase is a few words. `{chest}` in it stands for each word of the word list "chest" in any of the three ways of
writing, and `{#160-300}` for a number in this range. A word of a list that begins with "=" stands for this form alone:
"=burnt" is not "burning"; one that begins with "~" is the root of a Bangla verb and stands for all its forms: "~পড়" for
পড়ে, পড়ছে, পড়লো. `{i}` stands for no word, but the sentence must speak of a person: "I", "she", "আমি". A phrase that
begins with "=" is found by these words alone, one after another, also by fillers: "=end it".
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from shs.predict.denial import GONE, denied_with_the_next, is_denied, is_split
from shs.predict.letters import forms, is_bangla, is_bangla_sound, plain, sound, sound_stem, stem
from shs.predict.reading import (
    BANGLA_NUMBERS,
    DENIALS,
    FILLERS,
    MOST_WORDS,
    SAME,
    Clause,
    Reading,
    Token,
    clauses,
    is_english,
    read,
)
from shs.predict.spelling import allowance, distance, nearest

__all__ = ["MOST_WORDS", "Found", "Lexicon", "allowance", "clauses", "distance", "is_bangla", "plain", "stem"]

LONGEST = 6
"""Words of a phrase that count. A longer phrase is found by its first six."""

MOST_IN_WORDS = 12
PERSON = "{i}"
LIST = re.compile(r"\{([a-z0-9-]+)\}")
NUMBERS = re.compile(r"\{#(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)\}")
PIECE = re.compile(r"\{[^{}]*\}|[^{}]+")
DOUBLED = re.compile(r"(.)\1+")
SUFFIX = re.compile(r"(ness|ful|fully|ly|ing|ings|ed|er|ers|s|es|al|y|ion|ions|en|ens|ened)")


class Found(NamedTuple):
    """A phrase found in a text: its position (clause, first and last word), and whether it is denied."""

    phrase: str
    clause: int
    first: int
    last: int
    denied: bool


class Lexicon:
    """Phrases, found in texts by the stems of their words in any order, with at most one other word between them, or
    two if the phrase names a word list.

    A word of a text stands for those of the phrases that it is, or of which it is a longer form ("breathlessness" for
    "breathless"). A word that is known in no language stands for the nearest in the language of the text, if that
    begins with the same letter and differs in at most `allowance` letters: "feaver", "diarhoea", "vomitting".
    """

    def __init__(self, phrases: Iterable[str], lists: Mapping[str, Iterable[str]] | None = None) -> None:
        self.english: dict[str, set[str]] = {}
        self.bangla: dict[str, set[str]] = {}
        self.exact: dict[str, set[str]] = {}
        self.ranges: list[tuple[float, float, str]] = []
        self.spelt: dict[str, dict[str, dict[str, set[str]]]] = {"english": {}, "bangla": {}}
        phrases = list(phrases)
        self.lists = {name: list(words) for name, words in (lists or {}).items()}
        self.bags: dict[str, frozenset[str]] = {}
        self.phrase_of: dict[frozenset[str], str] = {}
        self.literal = {phrase: _literal(phrase) for phrase in phrases if phrase.startswith("=")}
        self.begun_by: dict[str, set[str]] = {}
        for phrase, words in self.literal.items():
            for key in _keys(words[0]) if words else ():
                self.begun_by.setdefault(key, set()).add(phrase)
        for phrase in phrases:
            if phrase in self.literal:
                continue
            pieces = _pieces_of(phrase)
            bag = frozenset(self._element(piece) for piece in pieces if piece != PERSON)
            if bag:
                self.bags[phrase] = bag
                self.phrase_of.setdefault(_stems(pieces), phrase)
        uses = Counter(word for bag in self.bags.values() for word in bag)
        self.by_word: dict[str, list[str]] = {}
        for phrase, bag in self.bags.items():
            self.by_word.setdefault(min(bag, key=lambda word: (uses[word], word)), []).append(phrase)
        self.near = {
            language: {first: {word: frozenset(to) for word, to in words.items()} for first, words in by_first.items()}
            for language, by_first in self.spelt.items()
        }
        self.meanings: dict[tuple[Token, bool], tuple[frozenset[str], ...]] = {}

    def _element(self, piece: str) -> str:
        """The part of a bag for one word of a phrase; its words are registered as standing for it."""
        if numbers := NUMBERS.fullmatch(piece):
            self.ranges.append((float(numbers[1]), float(numbers[2]), piece))
            return piece
        if named := LIST.fullmatch(piece):
            for word in self.lists.pop(named[1], ()):
                if word.startswith("="):
                    self.exact.setdefault(plain(word[1:]), set()).add(piece)
                elif word.startswith("~"):
                    for form in forms(word[1:]):
                        self.bangla.setdefault(form, set()).add(piece)
                else:
                    self._register(plain(word), piece)
            return piece
        piece = SAME.get(piece, piece)
        element = f"b:{sound_stem(sound(piece))}" if is_bangla(piece) else f"e:{stem(piece)}"
        self._register(piece, element)
        return element

    def _register(self, word: str, element: str) -> None:
        if not is_bangla(word):
            word = SAME.get(word, word)
            self.english.setdefault(stem(word), set()).add(element)
            self.spelt["english"].setdefault(word[0], {}).setdefault(word, set()).add(element)
        if is_bangla(word) or not is_english(word):
            spelt = sound(word)
            self.bangla.setdefault(sound_stem(spelt), set()).add(element)
            self.spelt["bangla"].setdefault(spelt[:1], {}).setdefault(spelt, set()).add(element)

    @staticmethod
    def bag(phrase: str) -> frozenset[str]:
        """The stems of the words of `phrase` that count."""
        return _stems(counted_pieces(phrase))

    @classmethod
    def knows_words(cls, phrase: str) -> bool:
        """Whether there is any word in `phrase` to be found."""
        return bool(cls.bag(phrase))

    def known(self, text: str) -> str | None:
        """The first phrase that has exactly the words of `text`."""
        return self.phrase_of.get(self.bag(text))

    def find(self, text: str | Reading) -> Iterator[Found]:
        """Every phrase in `text`, also those within others."""
        reading = read(text) if isinstance(text, str) else text
        denied, personal = denied_with_the_next(reading), reading.personal
        for number, clause in enumerate(reading.clauses):
            counted: list[int] = []
            places: dict[str, list[int]] = {}
            for at, token in enumerate(clause.tokens):
                for part in self._parts(token, reading.is_roman) if not token.filler or token.denies else ():
                    for word in sorted(part):  # the same in every process
                        places.setdefault(word, []).append(len(counted))
                    counted.append(at)
            begun = {phrase for token in clause.tokens for key in _keys(token) for phrase in self.begun_by.get(key, ())}
            found = [
                Found(phrase, number, first, last, number in denied or is_denied(clause, first, last))
                for phrase in sorted(begun)
                for first, last in _in_order(self.literal[phrase], clause)
            ]
            for phrase in dict.fromkeys(phrase for word in places for phrase in self.by_word.get(word, ())):
                if PERSON not in phrase or clause.sentence in personal:
                    found += self._in_clause(phrase, number, clause, counted, places, is_list=number in denied)
            yield from _denied_together(found, clause)

    def _in_clause(
        self,
        phrase: str,
        number: int,
        clause: Clause,
        counted: list[int],
        places: dict[str, list[int]],
        *,
        is_list: bool,
    ) -> Iterator[Found]:
        bag = self.bags[phrase]
        if not bag <= places.keys():
            return
        slack = 2 if any(word.startswith("{") for word in bag) and len(bag) > 1 else 1
        for window in _windows([places[word] for word in bag], slack):
            first, last = (counted[place] for place in window)
            wanted = {counted[place] for word in bag for place in places[word]}
            if not is_split(clause.tokens, first, last, wanted, is_denial="{not}" in bag):
                yield Found(phrase, number, first, last, is_list or is_denied(clause, first, last))

    def _parts(self, token: Token, is_roman: bool) -> tuple[frozenset[str], ...]:
        """What a word can mean; two parts if it is two words written as one."""
        key = token, is_roman
        if key not in self.meanings:
            if len(self.meanings) > 5000:
                self.meanings.clear()  # bounded, because any text can be entered
            self.meanings[key] = self._read(token, is_roman)
        return self.meanings[key]

    def _number(self, text: str) -> frozenset[str]:
        if not text[:1].isdigit():
            return frozenset()
        try:
            value = float(text.replace(",", "."))
        except ValueError:
            return frozenset()
        return frozenset(name for least, most, name in self.ranges if least <= value <= most) | {f"e:{text}"}

    def _few(self, value: int | None) -> frozenset[str]:
        """As `_number`, of a Bangla number word, which only stands for small ranges."""
        if value is None:
            return frozenset()
        return frozenset(name for least, most, name in self.ranges if least <= value <= most <= MOST_IN_WORDS)

    def _read(self, token: Token, is_roman: bool) -> tuple[frozenset[str], ...]:
        if token.text[0].isdigit():
            return (self._number(token.text),)
        found = set(self.exact.get(token.text, ()))
        bangla = is_bangla(token.text)
        if not bangla:
            found |= self.english.get(token.stem, set())
            found |= {one for stem in _shorter(token.text) for one in self.english.get(stem, ())}
        if token.sound:
            found |= self.bangla.get(sound_stem(token.sound), set())
            found |= self._few(BANGLA_NUMBERS.get(token.sound))
        is_known = (not bangla and is_english(token.text)) or (token.sound and is_bangla_sound(token.sound))
        if found or is_known:
            return (frozenset(found),)
        if token.sound and (parts := self._joined(token.sound, is_prefix=bangla)):
            return parts
        language, word = ("bangla", token.sound) if bangla or (is_roman and token.sound) else ("english", token.text)
        return (nearest(word, self.near[language].get(word[:1], {})),)

    def _joined(self, spelt: str, *, is_prefix: bool) -> tuple[frozenset[str], ...]:
        """What the two words mean that are written as one: মাথাব্যথা, mathabetha."""
        for at in range(2, len(spelt) - 1) if len(spelt) >= 5 else ():
            one, other = self.bangla.get(sound_stem(spelt[:at])), self.bangla.get(sound_stem(spelt[at:]))
            if one and other:
                return frozenset(one), frozenset(other)
        for at in range(len(spelt) - 2, 2, -1) if is_prefix else ():
            if one := self.bangla.get(spelt[:at]):
                return (frozenset(one),)
        return ()


def _stems(pieces: Iterable[str]) -> frozenset[str]:
    return frozenset(piece if piece.startswith("{") else stem(SAME.get(piece, piece)) for piece in pieces)


@lru_cache(maxsize=16384)
def _pieces_of(phrase: str) -> tuple[str, ...]:
    """`counted_pieces` of a phrase of a lexicon. Only these are kept, not texts of patients."""
    return tuple(counted_pieces(phrase))


@lru_cache(maxsize=4096)
def _literal(phrase: str) -> list[Token]:
    return [token for clause in read(phrase.removeprefix("=")).clauses for token in clause.tokens]


def _in_order(words: list[Token], clause: Clause) -> Iterator[tuple[int, int]]:
    """The (first, last) positions at which the words of a phrase follow one another."""
    for at in range(len(clause.tokens) - len(words) + 1):
        here = clause.tokens[at : at + len(words)]
        if all(_is_same(one, word) for one, word in zip(here, words, strict=True)):
            yield at, at + len(words) - 1


def _is_same(one: Token, word: Token) -> bool:
    return one.text == word.text or (word.sound != "" and _once(one.sound) == _once(word.sound))


def _keys(token: Token) -> tuple[str, ...]:
    """What two words have in common if they are the same (`_is_same`)."""
    return (token.text, f"sound:{_once(token.sound)}") if token.sound else (token.text,)


@lru_cache(maxsize=4096)
def _once(spelt: str) -> str:
    """A sound with doubled letters once: in উঠতে, written uthte, they are two."""
    return DOUBLED.sub(r"\1", spelt)


def _denied_together(found: list[Found], clause: Clause) -> list[Found]:
    """`found` of one clause; what shares a word with something denied is denied, too: in "no crushing chest pain" also
    "chest pain". A phrase that contains a denial is not: "no pain but cannot move"."""
    off = [one for one in found if one.denied]
    return [one if one.denied or not _shares(one, off, clause) else one._replace(denied=True) for one in found]


def _shares(one: Found, others: list[Found], clause: Clause) -> bool:
    if any(token.denies or token.text in GONE for token in clause.tokens[one.first : one.last + 1]):
        return False
    return any(one.first <= other.last and other.first <= one.last for other in others)


def _shorter(word: str) -> Iterator[str]:
    """The stems of which an English word is a longer form: breathlessness of breath and breathless."""
    for at in range(4, len(word)):
        if SUFFIX.fullmatch(word[at:]):
            yield word[:at]


def counted_pieces(phrase: str) -> list[str]:
    """The words and lists by which `phrase` is found: all words but the fillers, unless these are all, or a denial is
    all that is left: "no feeling" is more than "no"."""
    pieces: list[tuple[str, bool]] = []
    for part in PIECE.findall(phrase.replace("\n", " ")):
        if part.startswith("{"):
            pieces.append((part, False))
        else:
            for one in (one for clause in read(part).clauses for one in clause.tokens):
                pieces.append((one.text, one.filler if is_bangla(one.text) else one.text in FILLERS))
    counted = [piece for piece, filler in pieces if not filler]
    if not any(piece not in DENIALS for piece in counted):
        counted = [piece for piece, _filler in pieces]
    return counted[:LONGEST]


def _windows(places: list[list[int]], slack: int) -> Iterator[tuple[int, int]]:
    """The (first, last) positions where each word has a position of its own, with at most `slack` others between."""
    size = len(places)
    for start in sorted({place for word in places for place in word}):
        for width in range(size, size + slack + 1):
            span = range(start, start + width)
            if all(any(place in span for place in word) for word in places) and _apart(places, span):
                yield start, max(place for word in places for place in word if place in span)
                break


def _apart(places: list[list[int]], span: range) -> bool:
    """Whether each word can have a place of its own in `span`: "chest" alone is not "chest chest"."""

    def put(at: int, taken: frozenset[int]) -> bool:
        if at == len(places):
            return True
        return any(put(at + 1, taken | {place}) for place in places[at] if place in span and place not in taken)

    return put(0, frozenset())
