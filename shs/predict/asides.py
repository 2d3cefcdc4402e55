"""Clauses that tell of nobody who is ill now: what a word means, how to avoid something, what is long over, relatives
who died, figures of speech, and questions to the office. What they name is no red flag.

A clause that also tells of a person and of now ("what is a stroke? my father cannot speak") is never an aside.
"""

import re
import tomllib
from pathlib import Path

from shs.predict.letters import plain, sound
from shs.predict.reading import Clause, Reading

PATTERNS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def _english(kind: str) -> re.Pattern[str]:
    return re.compile("|".join(rf"\b(?:{pattern})\b" for pattern in PATTERNS["english"][kind]))


def _bangla(kind: str) -> re.Pattern[str]:
    """Patterns in Bangla letters as patterns of their sounds; so they also find romanised Bangla."""

    def spelt(pattern: str) -> str:
        return re.sub("[\u0980-\u09ff]+", lambda match: sound(match[0]), plain(pattern))

    return re.compile("|".join(rf"(?<![^ ])(?:{spelt(pattern)})(?![^ ])" for pattern in PATTERNS["bangla"][kind]))


ASKS = _english("asks")
AVOIDS = _english("avoids")
ENGLISH_NOW = _english("now")
LONG_AGO = _english("long_ago")
RELATIVES = _english("relatives")
FIGURES = _english("figures")
OFFICE = _english("office")
COMPLAINS = _english("complains")
BANGLA_NOW = _bangla("now")
BANGLA_ASKS = _bangla("asks")
BANGLA_LONG_AGO = _bangla("long_ago")
BANGLA_RELATIVES = _bangla("relatives")
BANGLA_FIGURES = _bangla("figures")
BANGLA_OFFICE = _bangla("office")
BANGLA_COMPLAINS = _bangla("complains")
DESPAIR, BANGLA_DESPAIR = _english("despair"), _bangla("despair")
FRAMES, BANGLA_FRAMES = _english("frames"), _bangla("frames")
TURNED, BANGLA_TURNED = _english("turned"), _bangla("turned")
DREAMS, BANGLA_DREAMS = _english("dreams"), _bangla("dreams")
REAL, BANGLA_REAL = _english("real"), _bangla("real")
HOPELESS, BANGLA_HOPELESS = _english("hopeless"), _bangla("hopeless")


def asides(reading: Reading) -> set[int]:
    """The numbers of the clauses of `reading` that are asides."""
    if _is_framed(reading):
        return set(range(len(reading.clauses)))
    found: set[int] = set()
    for number, clause in enumerate(reading.clauses):
        spelt = clause.sounds if any(token.sound for token in clause.tokens) else ""
        if (
            _is_english_aside(clause.english)
            or _is_bangla_aside(spelt)
            or (clause.is_joined and number - 1 in found and _goes_on(clause))
        ):
            found.add(number)
            if clause.is_joined and _asks_of_both(reading.clauses[number - 1], clause, spelt):
                found.add(number - 1)
    return found


def _is_framed(reading: Reading) -> bool:
    """Whether a text as a whole tells of a film, a game, a lesson, a dream, an animal or of thanks, and of nobody who
    is ill now."""
    text = " ".join(clause.english for clause in reading.clauses)
    has_bangla = any(token.sound for clause in reading.clauses for token in clause.tokens)
    spelt = " ".join(clause.sounds for clause in reading.clauses) if has_bangla else ""
    if DREAMS.search(text) or BANGLA_DREAMS.search(spelt):
        is_real = False
    elif FRAMES.search(text) or BANGLA_FRAMES.search(spelt):
        is_real = bool(REAL.search(text) or BANGLA_REAL.search(spelt))
    else:
        return False
    return not (is_real or TURNED.search(text) or BANGLA_TURNED.search(spelt))


def _asks_of_both(before: Clause, clause: Clause, spelt: str) -> bool:
    """Whether a question also asks of the few words to which "and" joins it: "stroke and fits, how do they differ"."""
    is_question = ASKS.search(clause.english) or (spelt and BANGLA_ASKS.search(spelt))
    return bool(is_question) and before.sentence == clause.sentence and len(before.tokens) <= 3


def _goes_on(clause: Clause) -> bool:
    """Whether a clause joined by "and" tells more of the aside before it: "… in 2012 and hit my head"."""
    return not ENGLISH_NOW.search(clause.english) and not BANGLA_NOW.search(clause.sounds)


def _is_english_aside(text: str) -> bool:
    if RELATIVES.search(text) or (FIGURES.search(text) and not DESPAIR.search(text)):
        return True
    if HOPELESS.search(text):
        return False
    if OFFICE.search(text) and not COMPLAINS.search(text):
        return True
    if ENGLISH_NOW.search(text):
        return False
    return any(pattern.search(text) for pattern in (ASKS, AVOIDS, LONG_AGO))


def _is_bangla_aside(text: str) -> bool:
    if not text:
        return False
    if BANGLA_RELATIVES.search(text) or BANGLA_LONG_AGO.search(text):
        return True
    if BANGLA_FIGURES.search(text) and not BANGLA_DESPAIR.search(text):
        return True
    if BANGLA_NOW.search(text) or BANGLA_HOPELESS.search(text):
        return False
    return bool(BANGLA_ASKS.search(text)) or bool(BANGLA_OFFICE.search(text) and not BANGLA_COMPLAINS.search(text))
