"""Cuts out of a text what may say who wrote it or whom it is about: addresses, telephone numbers and other long
numbers, dates, the writer's own name, and names that follow words such as "my name is", a title, or that are written
with a capital. It rather cuts too much than too little; a name in small letters without such words stays."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import zip_longest

from shs.predict.letters import english_words, is_bangla, is_bangla_sound, plain, sound, stem
from shs.predict.models.question import CUT, WORD, Writing
from shs.predict.predictor import knowledge

ADDRESS = re.compile(r"(?:https?://|www\.)\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?<!\w)@\w+")
DAY = re.compile(r"[0-9০-৯]{1,4}([/.-])[0-9০-৯]{1,2}\1[0-9০-৯]{2,4}")
NUMBER = re.compile(r"\+?[0-9০-৯](?:[\s().-]{0,2}[0-9০-৯]){6,}|[0-9০-৯]{5,}")
INTRODUCTION = re.compile(r"\b(?:name(?:\s+is|'s|’s)?|i\s+am\s+called|na+m)\s*[:=-]?\s+|নাম\s*[:=-]?\s+", re.IGNORECASE)
TITLE = re.compile(
    r"(?<!\w)(?:(?:dr|mr|mrs|ms|prof|md|mst|mohammad|muhammad|mohammed)\b\.?|ডা\.|ডাঃ|ডাক্তার|মোঃ|মো\.|মোছাঃ|জনাব)\s*",
    re.IGNORECASE,
)
MOST_NAMES = 3
"""The most words of a name that follow an introduction or a title."""
SHORTEST_NAME = 3
"""Shorter parts of the writer's own name occur in many words."""


def without_names(text: str, *, own: str) -> str:
    """`text` with a gap (…) for each name and number; `own` is the writer's own name."""
    for pattern in (ADDRESS, DAY, NUMBER):
        text = pattern.sub(CUT, text)
    text = _cut(text, _after(text, INTRODUCTION, always=True))
    text = _cut(text, _after(text, TITLE, always=False))
    text = _cut(text, _matching(text, _is_part_of(own)))
    text = _cut(text, _capitals(text))
    return re.sub(rf"{CUT}(?:\s*{CUT})+", CUT, text).strip()


def way_of_writing(text: str) -> str:
    """In which of the three ways `text` is written: Bangla letters, English words, or else romanised Bangla."""
    if is_bangla(text):
        return Writing.BANGLA
    words = [word for word in WORD.findall(text) if not word.isdigit()]
    english = sum(_is_english(word) for word in words)
    return Writing.ENGLISH if 2 * english >= len(words) else Writing.ROMANISED


Place = tuple[int, int]
"""Where a word begins and ends."""


def _cut(text: str, places: Iterable[Place]) -> str:
    """`text` with a gap at each of `places`."""
    for start, end in sorted(set(places), reverse=True):
        text = f"{text[:start]}{CUT}{text[end:]}"
    return text


def _after(text: str, pattern: re.Pattern[str], *, always: bool) -> Iterator[Place]:
    """The unknown words that follow `pattern`; the first one also if it is known, if `always`."""
    for found in pattern.finditer(text):
        at = found.end()
        for number in range(MOST_NAMES):
            word = WORD.match(text, at)
            if word is None or (_is_known(word[0]) and not (always and number == 0)):
                break
            yield word.span()
            at = word.end() + (len(text[word.end() :]) - len(text[word.end() :].lstrip(" .")))


def _matching(text: str, is_name: Callable[[str], bool]) -> Iterator[Place]:
    yield from (word.span() for word in WORD.finditer(text) if is_name(word[0]))


def _is_part_of(own: str) -> Callable[[str], bool]:
    """Whether a word is a part of a name, also as it sounds in the other letters."""
    parts = {plain(part) for part in WORD.findall(own) if len(part) >= SHORTEST_NAME}
    sounds = {sound(part) for part in parts} - {""}

    def is_part(word: str) -> bool:
        return plain(word) in parts or (sound(plain(word)) in sounds and not _is_known(word))

    return is_part


def _capitals(text: str) -> Iterator[Place]:
    """Unknown words with a capital. At the start of a sentence only before an English word: "Rahim has fever", but not
    "Amar buke betha"."""
    words = list(WORD.finditer(text))
    for word, after in zip_longest(words, words[1:]):
        is_short = word[0].isupper() and len(word[0]) <= 5  # ECG, COPD
        if not word[0][0].isupper() or is_short or _is_known(word[0]):
            continue
        starts = text[: word.start()].rstrip()[-1:] in {"", ".", "!", "?", "\n"}
        if not starts or (after is not None and _is_english(after[0])):
            yield word.span()


def _is_english(word: str) -> bool:
    small = plain(word)
    return small in english_words() or stem(small) in english_words()


def _is_known(word: str) -> bool:
    """Whether a word is an everyday one, or one of the symptom checker's own."""
    known, small = knowledge(), plain(word)
    return _is_english(word) or small in _vocabulary(known.stamp) or is_bangla_sound(sound(small))


@lru_cache(maxsize=2)
def _vocabulary(stamp: str) -> frozenset[str]:
    """The words of all symptoms, cached by `stamp`."""
    return frozenset(word for phrase in knowledge().called for word in plain(phrase).split())
