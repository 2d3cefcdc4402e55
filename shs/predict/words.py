"""Recognises phrases in patients' texts, English and Bangla: words in any order, with small misspellings;
what is denied ("no chest pain", "জ্বর নেই") does not count.

If it is unclear whether something is denied, it counts as reported: a false alarm is safer than a miss.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

WORD = re.compile(r"[\w\u0980-\u09ff]+")
BREAK = re.compile(r"[.,;:!?|/()\n\r\u0964\u2013\u2014]+|\s-+\s")
MOST_WORDS = 400
"""Words of a text that are read; a message of 4,000 letters has about 700, and says what is urgent before that."""

LONGEST = 6
"""Words of a phrase that count. A longer phrase is found by its first six."""


def plain(text: str) -> str:
    """`text` normalised for comparison: NFKC, lower case, without apostrophes and joiners."""
    text = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFC", re.sub("['\u2019`\u200b\u200c\u200d]", "", text))


def is_bangla(text: str) -> bool:
    """Whether some of `text` is in Bangla letters."""
    return any("\u0980" <= letter <= "\u09ff" for letter in text)


def _words(text: str) -> frozenset[str]:
    return frozenset(plain(text).split())


FILLERS = _words("""
    a an the my his her our their your i im ive me he she we they it its is are am was were be been being has have had
    having get gets got getting feel feels feeling felt of in on at to for from with by since as if than so very too
    really some any also there this that these those all will would could should became become becomes please and or
    আমার আমি আমাদের তার তাঁর ওর এর খুব একটু একটা কিছু আছে হচ্ছে হয় হয়েছে হইছে হইতেছে লাগছে লাগে করে করছে করতেছে সাথে
    সঙ্গে থেকে ধরে এবং আর ও বা
""")
"""Words that do not distinguish phrases; they are ignored in texts and phrases."""

DEGREES = _words("""
    bad severe serious real much more other sudden mild slight little such new kind sort sign signs history
    অনেক বেশি তেমন
""")
"""Words that, like fillers, may stand between a denial and the denied symptom: "no severe chest pain"."""

SAME = {
    word: one
    for one, words in {
        "pain": "hurt hurts hurting ache aches aching",
        "stomach": "tummy belly abdomen abdominal",
        "swelling": "swollen",
        "foot": "feet",
        "tooth": "teeth",
        "child": "kid kids children",
        "ব্যথা": "ব্যাথা ব্যাথার বেথা",
        "জ্বর": "জর",
    }.items()
    for word in _words(words)
}
"""Synonymous words → the word that stands for them."""

ORS = _words("or বা")
TURNS = _words("but however though although except and কিন্তু তবে এবং আর ও")
"""Words at which a denial ends: "no fever and chest pain" may well mean that there is chest pain."""

DENIALS = _words("no not without never denies deny denied neither nor none dont doesnt didnt havent hasnt isnt")
BANGLA_DENIALS = _words("নেই নাই না নয় ছিলনা হয়নি হয়না হচ্ছেনা করেনি করেনা লাগেনা")
BANGLA_HELPERS = _words("হয় হচ্ছে ছিল আছে হয়েছে করছে করে লাগে লাগছে কোনো কোন")
NO_DENIALS = _words("only sure doubt longer relief")
"""After these "no" and "not" deny nothing that follows: "not only fever", "not sure if …"."""

ENDINGS = {"ing": 4, "ed": 4, "es": 4, "s": 3, "e": 4, "y": 4}
"""English endings, each with how many letters must stay."""

BANGLA_ENDINGS = tuple(plain(end) for end in ("ের", "তে", "কে", "ে", "র", "য়"))
BANGLA_ABLE = "পার"


class Token(NamedTuple):
    """A word of a text: as written (or as corrected), its stem, and whether it is a filler word."""

    text: str
    stem: str
    filler: bool


class Found(NamedTuple):
    """A phrase found in a text: its position (clause, first and last word), and whether it is denied."""

    phrase: str
    clause: int
    first: int
    last: int
    denied: bool


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """`word` without its ending: vomiting → vomit, runny → runn, জ্বরের → জ্ব. The text and the
    phrases are both stemmed, so it does not matter that a stem is often not a word."""
    if is_bangla(word):
        while cut := next((end for end in BANGLA_ENDINGS if word.endswith(end) and len(word) - len(end) >= 3), ""):
            word = word.removesuffix(cut)
        return word
    for end, least in ENDINGS.items():
        if word.endswith(end) and len(word) - len(end) >= least and not word.endswith("ss"):
            return word.removesuffix(end)
    return word


def clauses(text: str) -> list[list[Token]]:
    """The words of `text`, split into clauses; at most MOST_WORDS in all."""
    found: list[list[Token]] = []
    left = MOST_WORDS
    for part in BREAK.split(plain(text)):
        clause: list[Token] = []
        for word in WORD.findall(part)[:left]:
            if word in TURNS and clause:
                found.append(clause)
                clause = []
            word = SAME.get(word, word)
            clause.append(Token(word, stem(word), word in FILLERS))
        left -= len(WORD.findall(part)[:left])
        if clause:
            found.append(clause)
    return found


def distance(one: str, other: str, most: int) -> int:
    """The edit distance: letters that are wrong, missing, extra or swapped with a neighbour; at most `most` + 1."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        before, last, row = row, before, [i]
        for j, wanted in enumerate(other, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]


def allowance(word: str) -> int:
    """How many letters of `word` may be wrong: none up to three, one up to seven, two beyond."""
    return 0 if len(word) < 4 else 1 if len(word) < 8 else 2


class Lexicon:
    """Phrases, found in texts by the stems of their words in any order, with at most one other word between them.

    A word of a text stands for those of the phrases that it is or begins with ("breathlessness" for "breathless",
    "রক্তপাত" for "রক্ত"), or else for the nearest that begins with the same letter and differs in at most `allowance`
    letters: "feaver", "diarhoea", "vomitting".
    """

    def __init__(self, phrases: Iterable[str]) -> None:
        self.bags: dict[str, frozenset[str]] = {}
        self.spellings: dict[str, dict[str, str]] = {}
        for phrase in phrases:
            counted = _counted(phrase)
            if counted:
                self.bags[phrase] = frozenset(token.stem for token in counted)
            for token in counted:
                self.spellings.setdefault(token.text[0], {})[token.text] = token.stem
        self.phrase_of: dict[frozenset[str], str] = {}
        for phrase, bag in self.bags.items():
            self.phrase_of.setdefault(bag, phrase)
        uses = Counter(word for bag in self.bags.values() for word in bag)
        self.by_word: dict[str, list[str]] = {}
        for phrase, bag in self.bags.items():
            self.by_word.setdefault(min(bag, key=lambda word: (uses[word], word)), []).append(phrase)
        self.meanings: dict[str, frozenset[str]] = {}

    @staticmethod
    def bag(phrase: str) -> frozenset[str]:
        """The stems of the words of `phrase` that count."""
        return frozenset(token.stem for token in _counted(phrase))

    @classmethod
    def knows_words(cls, phrase: str) -> bool:
        """Whether there is any word in `phrase` to be found."""
        return bool(cls.bag(phrase))

    def known(self, text: str) -> str | None:
        """The first phrase that has exactly the words of `text`."""
        return self.phrase_of.get(self.bag(text))

    def find(self, text: str) -> Iterator[Found]:
        """Every phrase in `text`, also those within others."""
        for number, clause in enumerate(clauses(text)):
            counted = [at for at, token in enumerate(clause) if not token.filler]
            places: dict[str, list[int]] = {}
            for place, at in enumerate(counted):
                for word in sorted(self._meanings(clause[at])):  # the same reading in every process
                    places.setdefault(word, []).append(place)
            for phrase in [phrase for word in places for phrase in self.by_word.get(word, ())]:
                bag = self.bags[phrase]
                for window in _windows([places[word] for word in bag]) if bag <= places.keys() else ():
                    first, last = (counted[place] for place in window)
                    if not _is_split(clause[first : last + 1], bag):
                        yield Found(phrase, number, first, last, _is_denied(clause, first, last))

    def _meanings(self, token: Token) -> frozenset[str]:
        if token.text not in self.meanings:
            if len(self.meanings) > 5000:
                self.meanings.clear()  # bounded, because any text can be entered
            self.meanings[token.text] = self._read(token)
        return self.meanings[token.text]

    def _read(self, token: Token) -> frozenset[str]:
        near, word = self.spellings.get(token.text[0], {}), token.stem
        found = {
            stem for stem in near.values() if stem == word or (word.startswith(stem) and len(stem) >= _least(stem))
        }
        return frozenset(found or self._misspelt(token.text, near))

    def _misspelt(self, word: str, near: dict[str, str]) -> list[str]:
        most = allowance(word) if len(word) <= 30 else 0
        best, fewest = [], most + 1
        for spelling, stem in sorted(near.items()) if most else ():
            wrong = distance(word, spelling, min(most, allowance(spelling)))
            if wrong < min(fewest, allowance(spelling) + 1):
                best, fewest = [stem], wrong
        return best


def _counted(phrase: str) -> list[Token]:
    """The words by which `phrase` is found: all but the fillers, unless these are all, or a denial is all that is left:
    "no feeling" is more than "no"."""
    tokens = [token for clause in clauses(phrase) for token in clause]
    counted = [token for token in tokens if not token.filler]
    return (counted if any(token.text not in DENIALS for token in counted) else tokens)[:LONGEST]


def _least(word: str) -> int:
    """How long a word must be to stand for the longer ones that begin with it: "arm" is not in "army"."""
    return 2 if is_bangla(word) else 4


def _windows(places: list[list[int]]) -> Iterator[tuple[int, int]]:
    """The (first, last) positions where each word has a position of its own, with at most one other word between."""
    size = len(places)
    for start in sorted({place for word in places for place in word}):
        for width in (size, size + 1):
            span = range(start, start + width)
            used = {place for word in places for place in word if place in span}
            if len(used) >= size and all(any(place in span for place in word) for word in places):
                yield start, max(used)
                break


def _is_split(part: list[Token], bag: frozenset[str]) -> bool:
    """Whether a denial is between the words of a phrase that contains none: "blood not vomited" is no vomited blood."""
    return any(token.text in DENIALS | BANGLA_DENIALS and token.stem not in bag for token in part)


def _is_denied(clause: list[Token], first: int, last: int) -> bool:
    """Whether the words `first` to `last` of a clause are denied: a denial precedes them with nothing but
    fillers or other things joined by "or" between, or in Bangla right after them."""
    if _is_denied_after(clause, last):
        return True
    at = first - 1
    while at >= 0 and (clause[at].filler or clause[at].text in DEGREES) and clause[at].text not in ORS:
        at -= 1
    if at >= 0 and clause[at].text in ORS:
        at = next((back for back in range(at - 1, max(-1, at - 6), -1) if clause[back].text in DENIALS), -1)
    if at < 0 or clause[at].text not in DENIALS:
        return False
    return clause[at + 1].text not in NO_DENIALS


def _is_denied_after(clause: list[Token], last: int) -> bool:
    """ "জ্বর নেই", "জ্বর হয় না"; but in "শ্বাস নিতে পারছি না" it is the denial that is the complaint."""
    after = [token.text for token in clause[last + 1 : last + 3]]
    if after and after[0] in BANGLA_HELPERS:
        after = after[1:]
    return bool(after) and after[0] in BANGLA_DENIALS and not clause[last].text.startswith(BANGLA_ABLE)
